//! Where webhooks may lead: to addresses of the public internet, and to networks that the operator names.
//!
//! A URL is looked at when it is made known, and the address when it is connected to: the connection goes to an address
//! that was checked in the same look-up, so that a name that changes its mind between the two gains nothing.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    str::FromStr,
    sync::Arc,
};

use url::{Host, Url};

/// The ports of the public internet that webhooks may use.
const PORTS: [u16; 2] = [443, 8443];

/// Bytes of a URL at most.
const URL_LENGTH_MAX: usize = 2_000;

/// IPv4 networks that are not of the public internet: IANA's special-purpose registry, multicast and reserved.
const SPECIAL_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The IPv6 network in which global unicast addresses lie; everything else is special.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// IPv6 networks inside it that are not of the public internet: Teredo and the other IETF protocols, documentation,
/// 6to4, the direct delegation of AS112, segment routing.
const SPECIAL_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// A network in CIDR notation: `10.20.0.0/16`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a network such as 10.20.0.0/16")]
pub struct NotANetwork;

impl Network {
    /// Whether the address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => in_v4(address, network, self.bits),
            (IpAddr::V6(network), IpAddr::V6(address)) => in_v6(address, network, self.bits),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;
    fn from_str(text: &str) -> Result<Network, NotANetwork> {
        let (address, bits) = text.split_once('/').ok_or(NotANetwork)?;
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let bits: u8 = bits.parse().map_err(|_| NotANetwork)?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        if bits > bits_max {
            return Err(NotANetwork);
        }
        Ok(Network { address, bits })
    }
}

fn in_v4(address: Ipv4Addr, network: Ipv4Addr, bits: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
    address.to_bits() & mask == network.to_bits() & mask
}

fn in_v6(address: Ipv6Addr, network: Ipv6Addr, bits: u8) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    address.to_bits() & mask == network.to_bits() & mask
}

/// Whether the address is one of the public internet. IPv6 addresses that carry an IPv4 one (mapped, compatible, NAT64)
/// lie outside the global unicast network, so they are not.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4
            .iter()
            .any(|(network, bits)| in_v4(address, *network, *bits)),
        IpAddr::V6(address) => {
            in_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
                && !SPECIAL_V6
                    .iter()
                    .any(|(network, bits)| in_v6(address, *network, *bits))
        }
    }
}

/// What a test says that a name leads to.
pub type Table = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// How names become addresses.
#[derive(Clone)]
pub enum Lookup {
    /// By the resolver of the machine.
    Machine,
    /// By a table of a test.
    Set(Arc<Table>),
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lookup")
    }
}

impl Lookup {
    fn addresses(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Lookup::Machine => Ok((host, port).to_socket_addrs()?.collect()),
            Lookup::Set(table) => Ok(table(host)
                .into_iter()
                .map(|address| SocketAddr::new(address, port))
                .collect()),
        }
    }
}

/// Where webhooks may lead.
#[derive(Clone, Debug)]
pub struct Targets {
    /// How names become addresses.
    pub lookup: Lookup,
    /// Networks beside the public internet, at any port and without TLS too: the operator's own.
    pub allowed: Vec<Network>,
    /// The host of the hub itself, which is no target.
    pub own_host: Option<String>,
}

/// Why a webhook may not lead there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// Not a URL, or too long for one.
    #[error("is not a URL of at most {URL_LENGTH_MAX} bytes")]
    NotAUrl,
    /// Plain HTTP, or no HTTP at all.
    #[error("must begin with https://")]
    Scheme,
    /// It says more than where.
    #[error("must not have a user, a password or a fragment")]
    Parts,
    /// A port of something else.
    #[error("must use port 443 or 8443")]
    Port,
    /// An address or a name that is not public.
    #[error("is not an address on the public internet")]
    NotPublic,
}

impl Targets {
    /// The URL, if a webhook may lead there as far as can be told without looking its name up.
    ///
    /// # Errors
    /// [`NoTarget`] says why not.
    pub fn check(&self, text: &str) -> Result<Url, NoTarget> {
        if text.len() > URL_LENGTH_MAX
            || text
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_control())
        {
            return Err(NoTarget::NotAUrl);
        }
        let url = Url::parse(text).map_err(|_| NoTarget::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(NoTarget::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(NoTarget::Parts);
        }
        let port = url.port_or_known_default().ok_or(NoTarget::Port)?;
        let literal = match url.host().ok_or(NoTarget::NotAUrl)? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(name) => {
                self.check_name(name)?;
                None
            }
        };
        if literal.is_some_and(|address| self.is_allowed(address)) {
            return Ok(url);
        }
        if literal.is_some_and(|address| !is_public(address)) {
            return Err(NoTarget::NotPublic);
        }
        // A name may turn out to lead into an allowed network: `address_of` looks again.
        if self.allowed.is_empty() || literal.is_some() {
            Targets::check_public(&url, port)?;
        }
        Ok(url)
    }

    fn check_public(url: &Url, port: u16) -> Result<(), NoTarget> {
        if url.scheme() != "https" {
            return Err(NoTarget::Scheme);
        }
        if !PORTS.contains(&port) {
            return Err(NoTarget::Port);
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), NoTarget> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_local = !name.contains('.')
            || [
                "localhost",
                "local",
                "internal",
                "lan",
                "home",
                "corp",
                "arpa",
                "onion",
            ]
            .contains(&last);
        if self.own_host.as_deref() == Some(name.as_str()) || (is_local && self.allowed.is_empty())
        {
            return Err(NoTarget::NotPublic);
        }
        Ok(())
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.holds(address))
    }

    /// The addresses to connect to. One that is refused refuses them all: a name that leads to both is up to something.
    ///
    /// # Errors
    /// [`NoTarget`] in an I/O error, or what the look-up answered.
    pub(crate) fn addresses_of(&self, url: &Url) -> std::io::Result<Vec<SocketAddr>> {
        let refuse = |why: NoTarget| std::io::Error::new(std::io::ErrorKind::PermissionDenied, why);
        self.check(url.as_str()).map_err(refuse)?;
        let port = url
            .port_or_known_default()
            .ok_or_else(|| refuse(NoTarget::Port))?;
        let found = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Domain(name)) => self.lookup.addresses(name, port)?,
            None => Vec::new(),
        };
        for address in &found {
            if self.is_allowed(address.ip()) {
                continue;
            }
            if !is_public(address.ip()) {
                return Err(refuse(NoTarget::NotPublic));
            }
            Targets::check_public(url, port).map_err(refuse)?;
        }
        if found.is_empty() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "no address",
            ));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(allowed: &[&str]) -> Targets {
        Targets {
            lookup: Lookup::Set(Arc::new(|_| vec!["93.184.216.34".parse().unwrap()])),
            allowed: allowed.iter().map(|text| text.parse().unwrap()).collect(),
            own_host: Some("hub.example.org".to_owned()),
        }
    }

    #[test]
    fn a_webhook_leads_to_the_public_internet_by_tls() {
        for (url, expected) in [
            ("https://example.org/hook?a=b", Ok(())),
            ("https://example.org:8443/hook", Ok(())),
            ("https://93.184.216.34/", Ok(())),
            ("https://[2606:2800:220:1::1]/", Ok(())),
            ("http://example.org/", Err(NoTarget::Scheme)),
            ("ftp://example.org/", Err(NoTarget::Scheme)),
            ("https://example.org:22/", Err(NoTarget::Port)),
            ("https://a@example.org/", Err(NoTarget::Parts)),
            ("https://example.org/#a", Err(NoTarget::Parts)),
            ("https://hub.example.org/", Err(NoTarget::NotPublic)),
            ("https://HUB.example.org./", Err(NoTarget::NotPublic)),
            ("https://localhost/", Err(NoTarget::NotPublic)),
            ("https://0x7f000001/", Err(NoTarget::NotPublic)),
            ("https://127.1/", Err(NoTarget::NotPublic)),
            ("https://[::ffff:8.8.8.8]/", Err(NoTarget::NotPublic)),
            ("https://[64:ff9b::808:808]/", Err(NoTarget::NotPublic)),
            ("nonsense", Err(NoTarget::NotAUrl)),
        ] {
            assert_eq!(targets(&[]).check(url).map(drop), expected, "{url}");
        }
    }

    #[test]
    fn a_name_that_leads_to_a_private_address_too_leads_nowhere() {
        let mut targets = targets(&[]);
        let url = Url::parse("https://example.org/").unwrap();
        assert_eq!(targets.addresses_of(&url).unwrap().len(), 1);

        targets.lookup = Lookup::Set(Arc::new(|_| {
            vec![
                "93.184.216.34".parse().unwrap(),
                "10.0.0.1".parse().unwrap(),
            ]
        }));

        assert!(targets.addresses_of(&url).is_err());
    }

    #[test]
    fn an_allowed_network_is_reached_at_any_port_and_nothing_else_is() {
        let targets = targets(&["127.0.0.0/8"]);

        for (url, expected) in [
            ("http://127.0.0.1:4000/hook", Ok(())),
            ("http://10.0.0.1:4000/hook", Err(NoTarget::NotPublic)),
            ("http://93.184.216.34/hook", Err(NoTarget::Scheme)),
        ] {
            assert_eq!(targets.check(url).map(drop), expected, "{url}");
        }
        let plain = Url::parse("http://example.org/").unwrap();
        assert!(targets.addresses_of(&plain).is_err());
    }
}
