//! The one way in which the map is drawn: rectangles about round, angular or long forms, smooth at their edges.
//!
//! A drawing ([`Drawing`]) is gathered on the processor, in points right and up from the middle of a pane, and becomes one
//! mesh: a hundred thousand marks are one call to the graphics card.

use bevy::asset::{RenderAssetUsages, uuid_handle};
use bevy::math::Vec2;
use bevy::mesh::{Indices, MeshVertexAttribute, MeshVertexBufferLayoutRef, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError, VertexFormat};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, Material2dPlugin};
use rehearsal_stage::palette::Rgb;

const SHADER: Handle<Shader> = uuid_handle!("6f0c36b2-4f0a-4b0e-9a6e-0c3a3ce6c1d7");

const COLOUR: MeshVertexAttribute = MeshVertexAttribute::new("Colour", 7_201, VertexFormat::Unorm8x4);
const RIM: MeshVertexAttribute = MeshVertexAttribute::new("Rim", 7_202, VertexFormat::Unorm8x4);
const LOCAL: MeshVertexAttribute = MeshVertexAttribute::new("Local", 7_203, VertexFormat::Float32x4);
const FORM: MeshVertexAttribute = MeshVertexAttribute::new("Form", 7_204, VertexFormat::Float32x2);

/// How a drawing comes onto the window.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug, PartialEq)]
pub(crate) struct Ink {
    /// Left, top, right and bottom of the pane \[px\].
    #[uniform(0)]
    pub(crate) clip: Vec4,
    /// The length of a pixel \[points\].
    #[uniform(0)]
    pub(crate) pixel: f32,
}

impl Material2d for Ink {
    fn vertex_shader() -> ShaderRef {
        SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Blend
    }

    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        let attributes = [Mesh::ATTRIBUTE_POSITION, COLOUR, RIM, LOCAL, FORM];
        let places: Vec<_> = (0u32..).zip(attributes).map(|(place, attribute)| attribute.at_shader_location(place)).collect();
        descriptor.vertex.buffers = vec![layout.0.get_layout(&places)?];
        Ok(())
    }
}

/// Adds [`Ink`] to an app.
pub(crate) fn plug(app: &mut App) {
    let shader = Shader::from_wgsl(include_str!("ink.wgsl"), "rehearsal/ink.wgsl");
    // A strong handle of a fixed name cannot fail to find its place.
    let _ = app.world_mut().resource_mut::<Assets<Shader>>().insert(SHADER.id(), shader);
    app.add_plugins(Material2dPlugin::<Ink>::default());
}

/// A form; the numbers are those of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Filled = 0,
    Line = 1,
    Circle = 2,
    Square = 3,
    Triangle = 4,
    Diamond = 5,
    Ring = 6,
}

/// A colour and how opaque it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tint(pub(crate) [u8; 4]);

impl Tint {
    pub(crate) const NONE: Tint = Tint([0; 4]);

    /// A colour, from 0 for nothing to 1 for opaque.
    pub(crate) fn new(Rgb([red, green, blue]): Rgb, opaque: f32) -> Tint {
        Tint([red, green, blue, (opaque.clamp(0.0, 1.0) * 255.0).round() as u8])
    }
}

/// A rim about a form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rim {
    pub(crate) tint: Tint,
    /// \[points\]
    pub(crate) width: f32,
}

impl Rim {
    pub(crate) const NONE: Rim = Rim { tint: Tint::NONE, width: 0.0 };
}

/// Forms in the order in which they are drawn.
#[derive(Default)]
pub(crate) struct Drawing {
    positions: Vec<[f32; 3]>,
    colours: Vec<[u8; 4]>,
    rims: Vec<[u8; 4]>,
    locals: Vec<[f32; 4]>,
    forms: Vec<[f32; 2]>,
    indices: Vec<u32>,
}

impl Drawing {
    /// How many corners there are: four for most forms.
    #[cfg(test)]
    pub(crate) fn corners(&self) -> usize {
        self.positions.len()
    }

    /// A form about a point, of a radius \[points\].
    pub(crate) fn mark(&mut self, form: Form, at: Vec2, radius: f32, tint: Tint, rim: Rim) {
        self.about(form, at, Vec2::X, Vec2::splat(radius * 1.3 + rim.width + 1.0), [radius, 0.0], tint, rim);
    }

    /// A circle's edge.
    pub(crate) fn ring(&mut self, at: Vec2, radius: f32, width: f32, tint: Tint) {
        self.about(Form::Ring, at, Vec2::X, Vec2::splat(radius + width / 2.0 + 1.0), [radius, width / 2.0], tint, Rim::NONE);
    }

    /// A line with round ends.
    pub(crate) fn line(&mut self, from: Vec2, to: Vec2, width: f32, tint: Tint) {
        let along = to - from;
        let half = along.length() / 2.0;
        let direction = along.try_normalize().unwrap_or(Vec2::X);
        let reach = Vec2::new(half + width / 2.0 + 1.0, width / 2.0 + 1.0);
        self.about(Form::Line, (from + to) / 2.0, direction, reach, [half, width / 2.0], tint, Rim::NONE);
    }

    /// A rectangle with sharp edges, given by two opposite corners.
    pub(crate) fn rectangle(&mut self, least: Vec2, most: Vec2, tint: Tint) {
        self.about(Form::Filled, (least + most) / 2.0, Vec2::X, (most - least) / 2.0, [0.0; 2], tint, Rim::NONE);
    }

    /// Triangles: corners, and three indices into them for each.
    pub(crate) fn triangles(&mut self, corners: impl Iterator<Item = Vec2>, indices: &[u32], tint: Tint) {
        let first = self.positions.len() as u32;
        for corner in corners {
            self.corner(corner, tint, Rim::NONE, [0.0; 4], Form::Filled);
        }
        self.indices.extend(indices.iter().map(|index| first + index));
    }

    #[expect(clippy::too_many_arguments, reason = "the one place that all forms go through")]
    fn about(&mut self, form: Form, at: Vec2, direction: Vec2, reach: Vec2, [a, b]: [f32; 2], tint: Tint, rim: Rim) {
        let first = self.positions.len() as u32;
        for corner in [Vec2::new(-1.0, -1.0), Vec2::new(1.0, -1.0), Vec2::new(1.0, 1.0), Vec2::new(-1.0, 1.0)] {
            let local = corner * reach;
            self.corner(at + direction.rotate(local), tint, rim, [local.x, local.y, a, b], form);
        }
        self.indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    }

    fn corner(&mut self, at: Vec2, tint: Tint, rim: Rim, local: [f32; 4], form: Form) {
        self.positions.push([at.x, at.y, 0.0]);
        self.colours.push(tint.0);
        self.rims.push(rim.tint.0);
        self.locals.push(local);
        self.forms.push([form as u8 as f32, rim.width]);
    }

    /// As the graphics card takes it. A drawing of nothing becomes one rectangle without a size, as an empty mesh is none.
    pub(crate) fn mesh(mut self) -> Mesh {
        if self.positions.is_empty() {
            self.rectangle(Vec2::ZERO, Vec2::ZERO, Tint::NONE);
        }
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(COLOUR, VertexAttributeValues::Unorm8x4(self.colours))
            .with_inserted_attribute(RIM, VertexAttributeValues::Unorm8x4(self.rims))
            .with_inserted_attribute(LOCAL, self.locals)
            .with_inserted_attribute(FORM, self.forms)
            .with_inserted_indices(Indices::U32(self.indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_lies_within_its_rectangle() {
        let mut drawing = Drawing::default();
        let black = Tint::new(Rgb([0; 3]), 1.0);
        drawing.line(Vec2::new(10.0, 0.0), Vec2::new(10.0, 20.0), 4.0, black);
        // Two points above and below, one for the smooth edge; two to each side, and one.
        let span = |axis: usize| {
            let of = drawing.positions.iter().map(|position| position[axis]);
            (of.clone().fold(f32::MAX, f32::min), of.fold(f32::MIN, f32::max))
        };
        assert_eq!((span(0), span(1)), ((7.0, 13.0), (-3.0, 23.0)));
        assert_eq!(drawing.indices.len(), 6);
    }

    #[test]
    fn nothing_is_still_a_mesh() {
        let mesh = Drawing::default().mesh();
        assert_eq!((mesh.count_vertices(), mesh.indices().map(Indices::len)), (4, Some(6)));
    }
}
