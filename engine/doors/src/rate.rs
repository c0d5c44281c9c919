//! How often a client may come: a bucket of tokens for each, kept as one number.
//!
//! A bucket of `burst` tokens to which `rate` are added each second is the same as a moment: when the bucket would be full
//! again. A request moves that moment by one interval, and is refused where it would lie more than `burst` intervals ahead.
//!
//! # Source
//! ITU-T Recommendation I.371, *Traffic control and congestion control in B-ISDN*: the generic cell rate algorithm, in the form
//! of virtual scheduling.

use crate::limits::Limits;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Time since any fixed moment, never going back.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How many clients are remembered; the one that has been silent for longest is forgotten first.
const CLIENTS: usize = 10_000;

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// A caller with a token.
    Name(Arc<str>),
    /// Anyone else: an address of IPv4, or the first 64 bits of one of IPv6, as whoever has one has them all.
    Peer(u64),
    /// Somebody without an address.
    Unknown,
}

impl Client {
    /// Whoever comes from an address.
    pub(crate) fn peer(address: Option<IpAddr>) -> Client {
        match address.map(|address| address.to_canonical()) {
            None => Client::Unknown,
            Some(IpAddr::V4(four)) => Client::Peer(u64::from(four.to_bits())),
            Some(IpAddr::V6(six)) => Client::Peer((six.to_bits() >> 64) as u64 | 1 << 63),
        }
    }
}

/// The buckets of all clients, for all threads.
pub(crate) struct Rate {
    clock: Clock,
    /// From one token to the next \[ns\].
    interval: u64,
    /// How far ahead the moment of a full bucket may lie before a request \[ns\].
    ahead: u64,
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    /// When the bucket is full again \[ns\], and when the client came last, counted in requests.
    full: HashMap<Client, (u64, u64)>,
    /// Clients by when they came last.
    last: BTreeMap<u64, Client>,
    requests: u64,
}

impl Rate {
    pub(crate) fn new(limits: &Limits, clock: Clock) -> Rate {
        let interval = 1_000_000_000 / u64::from(limits.rate_per_second.max(1));
        let ahead = interval.saturating_mul(u64::from(limits.burst.saturating_sub(1)));
        Rate { clock, interval, ahead, clients: Mutex::default() }
    }

    /// Counts a request, or says how long to wait before the next one.
    pub(crate) fn admit(&self, client: &Client) -> Result<(), Duration> {
        let now = u64::try_from((self.clock)().as_nanos()).unwrap_or(u64::MAX);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let full = clients.turn(client);
        let at = (*full).max(now);
        let excess = (at - now).saturating_sub(self.ahead);
        if excess > 0 {
            return Err(Duration::from_nanos(excess));
        }
        *full = at.saturating_add(self.interval);
        Ok(())
    }
}

impl Clients {
    /// The bucket of a client who just came, full where it is not known.
    fn turn(&mut self, client: &Client) -> &mut u64 {
        self.requests += 1;
        let came = self.requests;
        if let Some((_, last)) = self.full.get(client) {
            self.last.remove(last);
        } else if self.full.len() >= CLIENTS
            && let Some((_, silent)) = self.last.pop_first()
        {
            self.full.remove(&silent);
        }
        self.last.insert(came, client.clone());
        let entry = self.full.entry(client.clone()).or_default();
        entry.1 = came;
        &mut entry.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn rate(rate_per_second: u32, burst: u32) -> (Rate, Arc<AtomicU64>) {
        let time = Arc::new(AtomicU64::new(0));
        let read = time.clone();
        let limits = Limits { rate_per_second, burst, ..Limits::default() };
        (Rate::new(&limits, Arc::new(move || Duration::from_nanos(read.load(Ordering::SeqCst)))), time)
    }

    proptest! {
        /// The oracle keeps a bucket and fills it, in whole parts of a token, and knows no moments.
        #[test]
        fn it_lets_in_what_a_bucket_of_tokens_would(
            per_second in prop::sample::select(vec![1_u32, 2, 5, 1000, 1_000_000]),
            burst in 1_u32..20,
            pauses in prop::collection::vec(0_u64..3_000_000_000, 1..200),
        ) {
            let (rate, time) = rate(per_second, burst);
            let token = 1_000_000_000_u128;
            let room = token * u128::from(burst);
            let mut bucket = room;
            for pause in pauses {
                let pause = pause / u64::from(per_second);
                time.fetch_add(pause, Ordering::SeqCst);
                bucket = (bucket + u128::from(pause) * u128::from(per_second)).min(room);
                let enough = bucket >= token;
                let answer = rate.admit(&Client::Unknown);
                prop_assert_eq!(answer.is_ok(), enough);
                if enough {
                    bucket -= token;
                } else {
                    let missing = (token - bucket).div_ceil(u128::from(per_second));
                    prop_assert_eq!(answer, Err(Duration::from_nanos(missing as u64)));
                }
            }
        }
    }

    #[test]
    fn clients_do_not_share_a_bucket() {
        let (rate, _) = rate(1, 1);
        let named = |name: &str| Client::Name(Arc::from(name));
        let peers = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8:0:1::1"].map(|text| Client::peer(text.parse().ok()));
        for client in peers.into_iter().chain([named("a"), named("b"), Client::Unknown]) {
            assert_eq!(rate.admit(&client), Ok(()), "{client:?}");
            assert_eq!(rate.admit(&client), Err(Duration::from_secs(1)), "{client:?}");
        }
    }

    #[test]
    fn who_has_one_address_of_ipv6_has_its_neighbours() {
        let peer = |text: &str| Client::peer(text.parse().ok());
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1"));
        assert_eq!(peer("::ffff:10.0.0.1"), peer("10.0.0.1"));
    }

    #[test]
    fn a_flood_of_clients_takes_bounded_memory() {
        let (rate, _) = rate(1, 1);
        for number in 0..3 * CLIENTS as u64 {
            assert_eq!(rate.admit(&Client::Peer(number)), Ok(()));
        }
        let clients = rate.clients.lock().expect("not poisoned");
        assert_eq!((clients.full.len(), clients.last.len()), (CLIENTS, CLIENTS));
        assert!(clients.full.contains_key(&Client::Peer(3 * CLIENTS as u64 - 1)), "the last one is known");
    }
}
