//! Films and feeds: pictures one after the other, and of a run that goes on.

mod common;

use common::{Picture, quietly, recorded, scratch, view};
use std::io::Write;
use std::process::Command;

const STRETCH: [&str; 6] = ["--from", "5 Nov 08:00", "--to", "5 Nov 08:10", "--size", "640x400"];

/// Two seconds of five minutes each, at four pictures a second.
#[test]
fn an_animated_png_has_all_its_pictures() {
    let file = scratch().join("film.apng");
    quietly(view().args(recorded()).args(STRETCH).args(["--speed", "5min", "--fps", "4", "--video"]).arg(&file));
    let open = || std::io::BufReader::new(std::fs::File::open(&file).expect("a film"));
    let mut reader = png::Decoder::new(open()).read_info().expect("a picture");
    assert_eq!(reader.info().animation_control.map(|control| (control.num_frames, control.num_plays)), Some((8, 0)));
    let size = reader.output_buffer_size().expect("a size");
    let frames: Vec<Vec<u8>> = (0..8)
        .map(|_| {
            let mut pixels = vec![0; size];
            reader.next_frame(&mut pixels).expect("a picture");
            pixels
        })
        .collect();
    assert!(frames.windows(2).all(|pair| pair[0] != pair[1]), "time passes from picture to picture");
    // The first picture is what a screenshot of that moment shows.
    let still = scratch().join("film-first.png");
    quietly(view().args(recorded()).args(["--at", "5 Nov 08:00", "--size", "640x400", "--screenshot"]).arg(&still));
    assert!(Picture::open(&still).pixels == frames[0]);
    assert!(!scratch().join("film.partial.apng").exists());
}

#[test]
fn ffmpeg_makes_an_mp4() {
    let file = scratch().join("film.mp4");
    quietly(view().args(recorded()).args(STRETCH).args(["--speed", "10min", "--fps", "5", "--video"]).arg(&file));
    let asked = ["-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(asked).arg(&file).output().expect("ffprobe, which comes with ffmpeg");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "640,400,5");
}

/// Serves the records of a trace as a feed does, once.
fn served(until: u64) -> String {
    let reader = rehearsal_trace::Reader::open(&recorded()[0]).expect("a trace");
    let mut lines = Vec::new();
    let filter = rehearsal_trace::Filter { until: Some(until), ..Default::default() };
    rehearsal_trace::write_ndjson(&reader, &mut lines, &filter).expect("lines");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number").to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a guest");
        // In pieces that end anywhere, as they do on a network.
        lines.chunks(100_003).for_each(|piece| stream.write_all(piece).expect("it listens"));
    });
    address
}

/// A feed shows its present: an hour more of it looks otherwise, and the same feed looks the same. That a feed comes to what the
/// trace holds is tested in `viz/stage`.
#[test]
fn a_feed_shows_the_present() {
    let hour = 3_600_000_000_000;
    let until = (3 * 24 + 8) * hour;
    let pictures = [until, until + hour].map(|until| {
        let file = scratch().join(format!("feed-{}.png", until / hour));
        quietly(view().args(["--live", &served(until), "--size", "1024x640", "--screenshot"]).arg(&file));
        Picture::open(&file)
    });
    assert!(pictures[0].differs(&pictures[1], 40) > 0.004, "an hour later it looks otherwise");
    let again = scratch().join("feed-again.png");
    quietly(view().args(["--live", &served(until), "--size", "1024x640", "--screenshot"]).arg(&again));
    assert!(Picture::open(&again).pixels == pictures[0].pixels);
}

/// What `--measure` tells is of this trace; how long things take is not for a test.
#[test]
fn times_are_told_of_what_was_measured() {
    let output = quietly(view().arg(&recorded()[0]).args(["--measure", "3", "--size", "640x400"]));
    let said = String::from_utf8(output.stdout).expect("text");
    let records = rehearsal_trace::Reader::open(&recorded()[0]).expect("a trace").len();
    assert!(said.starts_with(r#"{"schema":"rehearsal.view-times/1","#) && said.ends_with("}\n"), "{said}");
    assert!(said.contains(&format!(r#""records":{records},"#)) && said.contains(r#""size":"640x400""#), "{said}");
}
