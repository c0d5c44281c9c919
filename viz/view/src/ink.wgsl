// Everything on the map: each vertex belongs to a rectangle about one form, and each pixel asks how far it is from its edge.
// Lengths are points, as in the window's panels; `ink.pixel` is the length of one pixel.

#import bevy_sprite::mesh2d_functions::{get_world_from_local, mesh2d_position_local_to_clip}

struct Ink {
    // Where may be drawn, in pixels of the window: left, top, right, bottom.
    clip: vec4<f32>,
    pixel: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> ink: Ink;

struct Vertex {
    @builtin(instance_index) instance: u32,
    @location(0) position: vec3<f32>,
    // Red, green, blue in sRGB, and how opaque.
    @location(1) colour: vec4<f32>,
    @location(2) rim: vec4<f32>,
    // Where in the form, from its middle; and its two measures.
    @location(3) local: vec4<f32>,
    // Which form, and how wide its rim is.
    @location(4) form: vec2<f32>,
}

struct Fragment {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec4<f32>,
    @location(1) rim: vec4<f32>,
    @location(2) local: vec4<f32>,
    @location(3) @interpolate(flat) form: vec2<f32>,
}

fn light(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour <= vec3<f32>(0.04045));
}

@vertex
fn vertex(vertex: Vertex) -> Fragment {
    var out: Fragment;
    out.position = mesh2d_position_local_to_clip(get_world_from_local(vertex.instance), vec4<f32>(vertex.position, 1.0));
    out.colour = vec4<f32>(light(vertex.colour.rgb), vertex.colour.a);
    out.rim = vec4<f32>(light(vertex.rim.rgb), vertex.rim.a);
    out.local = vertex.local;
    out.form = vertex.form;
    return out;
}

// How far a point is from the edge of the form, less than nothing inside.
fn distance_to(form: f32, at: vec2<f32>, a: f32, b: f32) -> f32 {
    if form < 0.5 {
        // Filled all over.
        return -1000.0;
    } else if form < 1.5 {
        // A line with round ends: half its length, half its width.
        return length(vec2<f32>(max(abs(at.x) - a, 0.0), at.y)) - b;
    } else if form < 2.5 {
        return length(at) - a;
    } else if form < 3.5 {
        let away = abs(at) - vec2<f32>(a * 0.89);
        return length(max(away, vec2<f32>(0.0))) + min(max(away.x, away.y), 0.0);
    } else if form < 4.5 {
        // A triangle that points up, with all sides equal; its middle is that of its outer circle.
        let side = dot(vec2<f32>(abs(at.x), at.y), vec2<f32>(0.8660254, 0.5)) - a * 0.65;
        return max(side, -at.y - a * 0.65);
    } else if form < 5.5 {
        return (abs(at.x) + abs(at.y) - a * 1.25) * 0.7071068;
    }
    // A ring: its radius, half its width.
    return abs(length(at) - a) - b;
}

@fragment
fn fragment(in: Fragment) -> @location(0) vec4<f32> {
    let outside = in.position.x < ink.clip.x || in.position.y < ink.clip.y || in.position.x >= ink.clip.z || in.position.y >= ink.clip.w;
    if outside {
        discard;
    }
    let away = distance_to(in.form.x, in.local.xy, in.local.z, in.local.w) / ink.pixel;
    let filled = clamp(0.5 - away, 0.0, 1.0) * in.colour.a;
    let covered = clamp(0.5 - (away - in.form.y / ink.pixel), 0.0, 1.0) * in.rim.a;
    // The form over its rim.
    let opaque = filled + covered * (1.0 - filled);
    let colour = (in.colour.rgb * filled + in.rim.rgb * covered * (1.0 - filled)) / max(opaque, 0.0001);
    return vec4<f32>(colour, opaque);
}
