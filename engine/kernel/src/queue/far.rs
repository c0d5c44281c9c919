//! Events beyond the near ones: buckets by the highest digit in which a time differs from an origin.
//!
//! A time is read as a number of eleven digits of six bits. An event waits in the bucket of the
//! highest digit in which its time differs from the origin's, and of that digit's value, so the
//! buckets in ascending order hold ascending ranges of time. The bucket of the earliest range is
//! either taken whole or spread over the buckets below it.
//!
//! A bucket is a chain of blocks in one arena, and blocks that are used up go round by a free
//! list: pending events take little more than their own size, the block just freed is the next
//! to be filled while it is still in the cache, and a copy is a copy of one array.
//!
//! It knows no order within a bucket and no present.

use crate::event::Event;
use crate::prefetch::prefetch;
use crate::time::Time;

use super::live::Live;

/// Bits of a digit: fewer need more moves of an event, more do not fit the mask of one word.
const BITS: u32 = 6;
const DIGITS: usize = 1 << BITS;
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;

/// Events of a block: a few lines of the cache, so that following a chain costs little.
pub(super) const BLOCK: usize = 32;
const NO_BLOCK: u32 = u32::MAX;

/// The events of one range of time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// The earliest time here; [`Time::MAX`] when there is none.
    earliest: Time,
    /// Where the next event goes; at the start of a block, a new block is needed first.
    slot: u32,
    len: u32,
}

impl Bucket {
    const EMPTY: Bucket = Bucket { earliest: Time::MAX, slot: 0, len: 0 };

    /// The block that was filled last, and how many events it holds; the others are full.
    fn head(self) -> (u32, usize) {
        match self.slot.checked_sub(1).filter(|_| self.len > 0) {
            Some(last) => (last / BLOCK as u32, last as usize % BLOCK + 1),
            None => (NO_BLOCK, 0),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Far<M> {
    /// No event here is due at this time or before.
    origin: Time,
    buckets: Box<[Bucket; LEVELS * DIGITS]>,
    /// Bit d of word l is set when the bucket of level l and digit d holds events.
    occupied: [u64; LEVELS],
    /// As `occupied`: buckets with or without cancelled events, so that their earliest time may be wrong.
    doubtful: [u64; LEVELS],
    /// Bit l is set when word l of `occupied` is not zero.
    levels: u32,
    /// The arena; block b is `events[b * BLOCK..][..BLOCK]`.
    events: Vec<Event<M>>,
    /// For each block the next of its chain, or of the free list.
    links: Vec<u32>,
    free: u32,
    /// How many blocks were given to buckets: what is pushed, counted where it costs nothing.
    given: usize,
}

impl<M: Copy> Far<M> {
    pub(super) fn new() -> Far<M> {
        Far {
            origin: Time::ZERO,
            buckets: Box::new([Bucket::EMPTY; LEVELS * DIGITS]),
            occupied: [0; LEVELS],
            doubtful: [0; LEVELS],
            levels: 0,
            events: Vec::new(),
            links: Vec::new(),
            free: NO_BLOCK,
            given: 0,
        }
    }

    #[inline]
    pub(super) fn origin(&self) -> Time {
        self.origin
    }

    /// Moves the origin back to `origin`, which must be in the range last taken.
    pub(super) fn set_origin(&mut self, origin: Time) {
        self.origin = origin;
    }

    /// Adds an event that is due after the origin.
    #[inline(always)]
    pub(super) fn push(&mut self, event: Event<M>) {
        let index = self.index(event.time);
        self.push_to(index, event);
    }

    /// The bucket of a time after the origin.
    #[inline]
    fn index(&self, time: Time) -> usize {
        let difference = time.as_ns() ^ self.origin.as_ns();
        let level = (63 - (difference | 1).leading_zeros()) / BITS;
        let digit = (time.as_ns() >> (level * BITS)) as usize % DIGITS;
        level as usize * DIGITS + digit
    }

    #[inline(always)]
    fn push_to(&mut self, index: usize, event: Event<M>) {
        if (self.buckets[index].slot as usize).is_multiple_of(BLOCK) {
            let copy = event;
            self.extend(index, &copy);
        }
        let bucket = &mut self.buckets[index];
        self.events[bucket.slot as usize] = event;
        bucket.slot += 1;
        bucket.len += 1;
        bucket.earliest = bucket.earliest.min(event.time);
    }

    /// Moves an event to the bucket of its time.
    ///
    /// From place to place as it is: where words of it are looked at on the way it is taken apart, and its parts are waited
    /// for when they are put together.
    #[inline(always)]
    fn shift(&mut self, slot: usize) {
        let time = self.events[slot].time;
        let index = self.index(time);
        if (self.buckets[index].slot as usize).is_multiple_of(BLOCK) {
            let copy = self.events[slot];
            self.extend(index, &copy);
        }
        let bucket = &mut self.buckets[index];
        self.events.copy_within(slot..=slot, bucket.slot as usize);
        bucket.slot += 1;
        bucket.len += 1;
        bucket.earliest = bucket.earliest.min(time);
    }

    /// Gives a bucket one more block; a new one is filled up with `event`, so that all of it exists.
    #[cold]
    #[inline(never)]
    fn extend(&mut self, index: usize, event: &Event<M>) {
        let block = if self.free == NO_BLOCK {
            self.grow(event)
        } else {
            let block = self.free;
            self.free = self.links[block as usize];
            block
        };
        let bucket = &mut self.buckets[index];
        self.links[block as usize] = bucket.head().0;
        bucket.slot = block * BLOCK as u32;
        self.given += 1;
        self.occupied[index / DIGITS] |= 1 << (index % DIGITS);
        self.levels |= 1 << (index / DIGITS);
    }

    /// Adds a block to the arena, which grows by an eighth: doubling would leave up to half unused.
    #[cold]
    fn grow(&mut self, event: &Event<M>) -> u32 {
        if self.events.len() == self.events.capacity() {
            let blocks = (self.links.len() / 8).max(4);
            self.events.reserve_exact(blocks * BLOCK);
            self.links.reserve_exact(blocks);
        }
        let block = self.links.len();
        assert!((block + 1) * BLOCK < u32::MAX as usize, "more than 4 billion events are pending: split the work among shards");
        self.events.resize((block + 1) * BLOCK, *event);
        self.links.push(NO_BLOCK);
        block as u32
    }

    /// The bucket of the earliest range.
    #[inline]
    fn nearest(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        Some(level * DIGITS + self.occupied[level].trailing_zeros() as usize)
    }

    /// The earliest time, and how many events its bucket holds; drops what is cancelled there.
    #[inline(always)]
    pub(super) fn approach(&mut self, live: &mut Live) -> Option<(Time, u32)> {
        let mut nearest = self.nearest()?;
        while self.is_doubtful(nearest) {
            self.retain_in(nearest, |event| live.keeps(event));
            nearest = self.nearest()?;
        }
        let bucket = &self.buckets[nearest];
        Some((bucket.earliest, bucket.len))
    }

    /// The earliest time of an event that is not cancelled.
    pub(super) fn earliest(&self, live: &Live) -> Option<Time> {
        let nearest = self.nearest()?;
        if !self.is_doubtful(nearest) {
            return Some(self.buckets[nearest].earliest);
        }
        let mut occupied = (0..LEVELS * DIGITS).filter(|index| self.buckets[*index].len > 0);
        occupied.find_map(|index| {
            let bucket = self.buckets[index];
            if !self.is_doubtful(index) {
                return Some(bucket.earliest);
            }
            self.chain(bucket).filter(|event| live.counts(event)).map(|event| event.time).min()
        })
    }

    fn is_doubtful(&self, index: usize) -> bool {
        self.doubtful[index / DIGITS] >> (index % DIGITS) & 1 != 0
    }

    /// Notes that the event at a time after the origin is cancelled.
    pub(super) fn doubt(&mut self, time: Time) {
        let index = self.index(time);
        self.doubtful[index / DIGITS] |= 1 << (index % DIGITS);
    }

    /// How many events are in the range of a time after the origin.
    pub(super) fn crowd(&self, time: Time) -> usize {
        self.buckets[self.index(time)].len as usize
    }

    /// How many blocks were given to buckets since the last call.
    pub(super) fn given(&mut self) -> usize {
        std::mem::take(&mut self.given)
    }

    /// Takes out the event at a time after the origin that `wanted` is true of; whether it was here.
    pub(super) fn remove(&mut self, time: Time, wanted: impl Fn(&Event<M>) -> bool) -> bool {
        let index = self.index(time);
        let (mut block, mut filled) = self.buckets[index].head();
        while block != NO_BLOCK {
            let start = block as usize * BLOCK;
            if let Some(place) = self.events[start..start + filled].iter().position(&wanted) {
                self.remove_at(index, start + place);
                return true;
            }
            (block, filled) = (self.links[block as usize], BLOCK);
        }
        false
    }

    /// Puts a bucket's last event in the place of one that leaves.
    fn remove_at(&mut self, index: usize, slot: usize) {
        let mut bucket = self.buckets[index];
        let last = bucket.slot - 1;
        let earliest = self.events[slot].time == bucket.earliest;
        self.events[slot] = self.events[last as usize];
        (bucket.slot, bucket.len) = (last, bucket.len - 1);
        if (last as usize).is_multiple_of(BLOCK) {
            let next = self.release(last / BLOCK as u32);
            bucket.slot = if next == NO_BLOCK { 0 } else { (next + 1) * BLOCK as u32 };
        }
        self.buckets[index] = bucket;
        if bucket.len == 0 {
            self.detach(index);
        } else if earliest {
            self.doubtful[index / DIGITS] |= 1 << (index % DIGITS);
        }
    }

    /// Takes the nearest bucket whole; the origin becomes the last moment of its range.
    ///
    /// What else is here differs from that moment in the same digit as from the origin before.
    pub(super) fn take(&mut self, to: &mut Vec<Event<M>>) {
        let Some(nearest) = self.nearest() else { return };
        let bucket = self.detach(nearest);
        let below = (1_u64 << (nearest / DIGITS * BITS as usize)) - 1;
        self.origin = Time::from_ns(bucket.earliest.as_ns() | below);
        let (mut block, mut filled) = bucket.head();
        while block != NO_BLOCK {
            self.await_block(self.links[block as usize]);
            let start = block as usize * BLOCK;
            to.extend_from_slice(&self.events[start..start + filled]);
            (block, filled) = (self.release(block), BLOCK);
        }
    }

    /// Takes all there is; the origin becomes the end of time.
    pub(super) fn take_all(&mut self, to: &mut Vec<Event<M>>, live: &mut Live) {
        while self.approach(live).is_some() {
            self.take(to);
        }
        self.origin = Time::MAX;
    }

    /// Spreads the nearest bucket; its earliest time becomes the origin, its events are taken.
    pub(super) fn spread(&mut self, to: &mut Vec<Event<M>>, mut ahead: impl FnMut(u32)) {
        let Some(nearest) = self.nearest() else { return };
        let bucket = self.detach(nearest);
        self.origin = bucket.earliest;
        let (mut block, mut filled) = bucket.head();
        while block != NO_BLOCK {
            self.await_block(self.links[block as usize]);
            let start = block as usize * BLOCK;
            for slot in start..start + filled {
                let event = &self.events[slot];
                ahead(event.target);
                if event.time == bucket.earliest {
                    to.push(*event);
                } else {
                    self.shift(slot);
                }
            }
            (block, filled) = (self.release(block), BLOCK);
        }
    }

    /// Has the processor fetch a block that will be read after the present one.
    #[inline]
    fn await_block(&self, block: u32) {
        let start = block as usize * BLOCK;
        if let Some(events) = self.events.get(start..start + BLOCK) {
            events.iter().step_by((64 / size_of::<Event<M>>()).max(1)).for_each(prefetch);
        }
    }

    /// Empties a bucket but for its blocks, which are the caller's to release.
    fn detach(&mut self, index: usize) -> Bucket {
        self.occupied[index / DIGITS] &= !(1 << (index % DIGITS));
        self.doubtful[index / DIGITS] &= !(1 << (index % DIGITS));
        if self.occupied[index / DIGITS] == 0 {
            self.levels &= !(1 << (index / DIGITS));
        }
        std::mem::replace(&mut self.buckets[index], Bucket::EMPTY)
    }

    /// Puts a block on the free list; gives the next of its chain.
    #[inline]
    fn release(&mut self, block: u32) -> u32 {
        let link = &mut self.links[block as usize];
        let next = std::mem::replace(link, self.free);
        self.free = block;
        next
    }

    /// Drops every event for which `keep` is false; gives the number of the others.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Event<M>) -> bool) -> usize {
        (0..LEVELS * DIGITS).map(|index| self.retain_in(index, &mut keep)).sum()
    }

    fn retain_in(&mut self, index: usize, mut keep: impl FnMut(&Event<M>) -> bool) -> usize {
        if self.buckets[index].len == 0 {
            return 0;
        }
        let (mut block, mut filled) = self.detach(index).head();
        while block != NO_BLOCK {
            let start = block as usize * BLOCK;
            for slot in start..start + filled {
                let event = self.events[slot];
                if keep(&event) {
                    self.push_to(index, event);
                }
            }
            (block, filled) = (self.release(block), BLOCK);
        }
        self.buckets[index].len as usize
    }

    /// As new, but for the memory it keeps.
    pub(super) fn clear(&mut self) {
        self.origin = Time::ZERO;
        self.buckets.fill(Bucket::EMPTY);
        self.occupied = [0; LEVELS];
        self.doubtful = [0; LEVELS];
        self.levels = 0;
        self.events.clear();
        self.links.clear();
        self.free = NO_BLOCK;
        self.given = 0;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Event<M>> {
        self.buckets.iter().filter(|bucket| bucket.len > 0).flat_map(|bucket| self.chain(*bucket))
    }

    /// The events of one bucket, the block filled last first.
    fn chain(&self, bucket: Bucket) -> impl Iterator<Item = &Event<M>> {
        let link = |block: u32| Some(block).filter(|block| *block != NO_BLOCK);
        let (head, filled) = bucket.head();
        let blocks = std::iter::successors(link(head), move |block| link(self.links[*block as usize]));
        blocks.flat_map(move |block| {
            let start = block as usize * BLOCK;
            &self.events[start..start + if block == head { filled } else { BLOCK }]
        })
    }
}

impl<M: Copy> Clone for Far<M> {
    fn clone(&self) -> Far<M> {
        let mut copy = Far::new();
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Far<M>) {
        self.origin = source.origin;
        *self.buckets = *source.buckets;
        self.occupied = source.occupied;
        self.doubtful = source.doubtful;
        self.levels = source.levels;
        self.events.clone_from(&source.events);
        self.links.clone_from(&source.links);
        self.free = source.free;
        self.given = source.given;
    }
}
