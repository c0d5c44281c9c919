//! Decodes an OpenStreetMap PBF file into the few things roads need.
//!
//! The blocks are walked once before anything is decoded, because the decoder
//! takes a file that ends between two bytes of a length for a complete one. A
//! file that ends exactly between two blocks is complete as far as the format
//! can say.
//! Not a general reader: relations and most tags are passed over.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use osmpbf::{Blob, BlobDecode, BlobError, BlobReader, BlobType, Element, ErrorKind};

use super::RoadsError;
use super::area::Land;
use super::speed::{Drivable, WayTags};

/// The keys whose tags are kept for [`Roads::tagged`](super::Roads::tagged).
pub const KEPT_KEYS: [&str; 6] = ["amenity", "shop", "office", "craft", "tourism", "emergency"];

/// Block contents above this size are refused by the format \[bytes\].
const BLOCK_MAX_BYTES: i64 = 32 * 1024 * 1024;

/// The most that is taken from one file: nodes, references of ways to nodes,
/// and features, each feature counting for `FEATURE_SIZE`. A tenth of the
/// planet; a small file can be compressed from far more.
const ELEMENTS_MAX: usize = 100_000_000;
const FEATURE_SIZE: usize = 20;

/// Names and values are cut to what OpenStreetMap allows \[characters\].
const TEXT_MAX: usize = 255;

/// So many values of one tag are kept.
const VALUES_MAX: usize = 16;

/// Header sizes from here on are refused by the format \[bytes\].
const HEADER_LIMIT_BYTES: u64 = 64 * 1024;

/// Everything of a file that roads are built from, in file order.
#[derive(Debug, Default)]
pub(super) struct Extract {
    pub(super) nodes: Vec<Node>,
    pub(super) ways: Vec<Way>,
    pub(super) features: Vec<Feature>,
    pub(super) outlines: Vec<Outline>,
    /// Ways with a `highway` tag, drivable or not.
    pub(super) highways: usize,
    /// What was taken so far, against `ELEMENTS_MAX`.
    size: usize,
}

/// An OSM node: identity and position \[degrees\].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) id: i64,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// A drivable OSM way.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) id: i64,
    pub(super) refs: Vec<i64>,
    pub(super) name: Option<String>,
    pub(super) drivable: Drivable,
}

/// Where a tagged thing lies.
#[derive(Debug)]
pub(super) enum Site {
    Point { lat: f64, lon: f64 },
    Outline(Vec<i64>),
}

/// An OSM node or way that carries kept tags: `(index in KEPT_KEYS, value)`.
#[derive(Debug)]
pub(super) struct Feature {
    pub(super) id: i64,
    pub(super) name: Option<String>,
    pub(super) tags: Vec<(usize, String)>,
    pub(super) site: Site,
}

/// A closed OSM way that says what the land is.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) id: i64,
    pub(super) land: Land,
    pub(super) name: Option<String>,
    /// Its nodes; the last is the first.
    pub(super) refs: Vec<i64>,
}

/// Decodes a whole file.
pub(super) fn extract(bytes: &[u8]) -> Result<Extract, RoadsError> {
    check_blocks(bytes)?;
    let mut extract = Extract::default();
    let reader = BlobReader::new_seekable(Cursor::new(bytes)).map_err(|error| decode_error(0, &error))?;
    let mut offset = 0;
    for blob in reader {
        let blob = blob.map_err(|error| decode_error(offset, &error))?;
        offset = blob.offset().map_or(offset, |o| o.0);
        // The decoder adds up deltas unchecked, which panics on hostile numbers
        // in builds with overflow checks.
        catch_unwind(AssertUnwindSafe(|| extract.take(&blob)))
            .unwrap_or_else(|_| Err(corrupted(offset, "numbers out of range")))
            .map_err(|error| error.at(offset))?;
    }
    Ok(extract)
}

impl RoadsError {
    /// Puts the offset of the block into an error that does not know it.
    fn at(self, block: u64) -> Self {
        match self {
            Self::Corrupted { reason, .. } => corrupted(block, reason),
            other => other,
        }
    }
}

fn corrupted(offset: u64, reason: impl Into<String>) -> RoadsError {
    let reason = reason.into();
    RoadsError::Corrupted { offset, reason }
}

fn not_pbf(found: impl Into<String>) -> RoadsError {
    RoadsError::NotPbf { found: found.into() }
}

fn decode_error(offset: u64, error: &osmpbf::Error) -> RoadsError {
    match error.kind() {
        ErrorKind::Blob(BlobError::Empty) => {
            RoadsError::Unsupported { feature: "a block compression other than zlib".to_owned() }
        }
        _ => corrupted(offset, error.to_string()),
    }
}

/// Walks the blocks without decoding them: each must be there to its end.
fn check_blocks(bytes: &[u8]) -> Result<(), RoadsError> {
    if bytes.is_empty() {
        return Err(not_pbf("the file is empty"));
    }
    let len = bytes.len() as u64;
    let mut offset = 0;
    while offset < len {
        let header_end = header_end(bytes, offset)?;
        let rest = &bytes[offset as usize..];
        let mut reader = BlobReader::new_seekable(Cursor::new(rest)).map_err(|error| decode_error(offset, &error))?;
        let (header, _) = match reader.next_header_skip_blob() {
            Some(Ok(found)) => found,
            _ if offset == 0 => return Err(not_pbf("its first block has no header")),
            _ => return Err(corrupted(offset, "the block has no header")),
        };
        if offset == 0 && header.blob_type() != BlobType::OsmHeader {
            let found = header.blob_type().as_str().chars().take(20).collect::<String>();
            return Err(not_pbf(format!("its first block is {found:?}")));
        }
        let size = i64::from(header.get_blob_size());
        if !(0..=BLOCK_MAX_BYTES).contains(&size) {
            return Err(corrupted(offset, format!("a block of {size} bytes")));
        }
        let needed = header_end + size.unsigned_abs();
        if needed > len {
            return Err(RoadsError::CutOff { offset, needed, len });
        }
        offset = needed;
    }
    Ok(())
}

/// Where the header of the block at `offset` ends \[bytes\].
fn header_end(bytes: &[u8], offset: u64) -> Result<u64, RoadsError> {
    let len = bytes.len() as u64;
    let cut = |needed| RoadsError::CutOff { offset, needed, len };
    let size = bytes[offset as usize..]
        .first_chunk::<4>()
        .map(|four| u64::from(u32::from_be_bytes(*four)))
        .ok_or_else(|| cut(offset + 4))?;
    if size == 0 || size >= HEADER_LIMIT_BYTES {
        let reason = format!("a block header of {size} bytes");
        return Err(match offset {
            0 => not_pbf(format!("it starts with {reason}")),
            _ => corrupted(offset, reason),
        });
    }
    let end = offset + 4 + size;
    if end > len { Err(cut(end)) } else { Ok(end) }
}

impl Extract {
    fn take(&mut self, blob: &Blob) -> Result<(), RoadsError> {
        match blob.decode().map_err(|error| decode_error(0, &error))? {
            BlobDecode::OsmHeader(header) => check_features(header.required_features()),
            BlobDecode::Unknown(_) => Ok(()),
            BlobDecode::OsmData(block) => block.groups().try_for_each(|group| {
                group
                    .nodes()
                    .map(Element::Node)
                    .chain(group.dense_nodes().map(Element::DenseNode))
                    .chain(group.ways().map(Element::Way))
                    .try_for_each(|element| self.take_element(&element))
            }),
        }
    }

    fn take_element(&mut self, element: &Element<'_>) -> Result<(), RoadsError> {
        match element {
            Element::Node(node) => self.take_node(node.id(), node.lat(), node.lon(), node.tags()),
            Element::DenseNode(node) => self.take_node(node.id(), node.lat(), node.lon(), node.tags()),
            Element::Way(way) => self.take_way(way),
            Element::Relation(_) => Ok(()),
        }
    }

    fn take_node<'a>(
        &mut self,
        id: i64,
        lat: f64,
        lon: f64,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), RoadsError> {
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            let reason = format!("node {id} at latitude {lat}, longitude {lon}");
            return Err(corrupted(0, reason));
        }
        self.spend(1)?;
        self.nodes.push(Node { id, lat, lon });
        let (name, kept) = kept_tags(tags);
        self.push_feature(id, name, kept, || Site::Point { lat, lon })
    }

    fn spend(&mut self, elements: usize) -> Result<(), RoadsError> {
        self.size = self.size.saturating_add(elements);
        if self.size > ELEMENTS_MAX {
            let limit = ELEMENTS_MAX;
            return Err(RoadsError::TooManyElements { limit });
        }
        Ok(())
    }

    fn take_way(&mut self, way: &osmpbf::Way<'_>) -> Result<(), RoadsError> {
        self.spend(way.raw_refs().len())?;
        let mut tags = WayTags::default();
        let (mut reference, mut land, mut filled) = (None, None, None);
        for (key, value) in way.tags() {
            tags.note(key, value);
            match key {
                "ref" => reference = Some(value),
                "area" => filled = Some(value),
                // Of several, what is drawn last: a building in a wood is a building.
                _ => land = land.max(Land::of(key, value)),
            }
        }
        let (name, kept) = kept_tags(way.tags());
        self.highways += usize::from(tags.is_highway());
        if let Some(drivable) = tags.drivable() {
            self.ways.push(Way {
                id: way.id(),
                refs: way.refs().collect(),
                name: name.clone().or_else(|| reference.map(cut)),
                drivable,
            });
        }
        // A road that is closed goes round something, unless it says that it is a square.
        let is_area = filled.map_or(!tags.is_highway(), |filled| filled != "no");
        if let Some(land) = land.filter(|_| is_area) {
            let refs: Vec<i64> = way.refs().collect();
            if refs.len() > 3 && refs.first() == refs.last() {
                self.outlines.push(Outline { id: way.id(), land, name: name.clone(), refs });
            }
        }
        self.push_feature(way.id(), name, kept, || Site::Outline(way.refs().collect()))
    }

    fn push_feature(
        &mut self,
        id: i64,
        name: Option<String>,
        tags: Vec<(usize, String)>,
        site: impl FnOnce() -> Site,
    ) -> Result<(), RoadsError> {
        if !tags.is_empty() {
            self.spend(FEATURE_SIZE * tags.len())?;
            let site = site();
            self.features.push(Feature { id, name, tags, site });
        }
        Ok(())
    }
}

fn check_features(required: &[String]) -> Result<(), RoadsError> {
    let unknown = required.iter().find(|f| !matches!(f.as_str(), "OsmSchema-V0.6" | "DenseNodes"));
    match unknown {
        Some(feature) => Err(RoadsError::Unsupported { feature: feature.chars().take(80).collect() }),
        None => Ok(()),
    }
}

/// The `name` and the kept tags; `fuel;car_wash` counts as both.
fn kept_tags<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> (Option<String>, Vec<(usize, String)>) {
    let mut name = None;
    let mut kept = Vec::new();
    for (key, value) in tags {
        if key == "name" {
            name = Some(cut(value));
        } else if let Some(index) = KEPT_KEYS.iter().position(|kept| *kept == key) {
            let values = value.split(';').map(str::trim).filter(|v| !v.is_empty());
            kept.extend(values.take(VALUES_MAX).map(|v| (index, cut(v))));
        }
    }
    (name, kept)
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}
