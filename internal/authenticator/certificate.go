package authenticator

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// CertificateSubject is what the certificate of a client must say (RFC 8705, section 2.1.2): the name of its subject, or one of its
// alternative names. A registration has exactly one, written as its kind, a colon and the name.
type CertificateSubject struct {
	kind string
	name string
	dn   distinguishedName // of kind dn
	ip   netip.Addr        // of kind ip
}

// The kinds of CertificateSubject, with the parameter of RFC 8705 that each stands for.
const (
	subjectDN    = "dn"    // tls_client_auth_subject_dn
	subjectDNS   = "dns"   // tls_client_auth_san_dns
	subjectURI   = "uri"   // tls_client_auth_san_uri
	subjectIP    = "ip"    // tls_client_auth_san_ip
	subjectEmail = "email" // tls_client_auth_san_email
)

// ParseCertificateSubject reads one as it is registered, like "dn:CN=fusesign,O=FuseSign,C=AU" (RFC 4514, the most specific part first) or
// "dns:client.fusesign.example". Its errors are for the person who registers it.
func ParseCertificateSubject(text string) (s CertificateSubject, err error) {
	kind, name, _ := strings.Cut(text, ":")
	s = CertificateSubject{kind: kind, name: name}
	bad := strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
	switch {
	case !slices.Contains([]string{subjectDN, subjectDNS, subjectURI, subjectIP, subjectEmail}, kind) || name == "" || len(text) > 1000 || bad:
		return s, errors.New("must be dn:, dns:, uri:, ip: or email: and the name in the client's certificate, like dn:CN=fusesign,O=FuseSign")
	case kind == subjectDN:
		if s.dn, err = parseDN(name); err != nil {
			return s, fmt.Errorf("is no distinguished name like CN=fusesign,O=FuseSign: %w", err)
		}
	case kind == subjectIP:
		if s.ip, err = netip.ParseAddr(name); err != nil || s.ip.Zone() != "" {
			return s, errors.New("is no IP address")
		}
		s.ip = s.ip.Unmap()
	}
	return s, nil
}

// Matches reports whether the certificate says so. Names are compared as they are written, but for the case of a host name: an order of parts
// or a wildcard that is not the registered one is another name.
func (s CertificateSubject) Matches(certificate *x509.Certificate) bool {
	switch s.kind {
	case subjectDN:
		return s.dn.is(certificate.RawSubject)
	case subjectDNS:
		return slices.ContainsFunc(certificate.DNSNames, func(name string) bool { return strings.EqualFold(name, s.name) })
	case subjectURI:
		return slices.ContainsFunc(certificate.URIs, func(uri *url.URL) bool { return uri.String() == s.name })
	case subjectIP:
		for _, raw := range certificate.IPAddresses {
			if addr, ok := netip.AddrFromSlice(raw); ok && addr.Unmap() == s.ip {
				return true
			}
		}
		return false
	case subjectEmail:
		return slices.Contains(certificate.EmailAddresses, s.name)
	default:
		return false
	}
}

// distinguishedName is a name in the order of a certificate, the least specific part first.
type distinguishedName [][]attribute

// attribute is one assertion of a part, like CN=fusesign.
type attribute struct{ oid, value string }

// is reports whether a certificate's subject is this name.
func (n distinguishedName) is(raw []byte) bool {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &sequence); err != nil || len(rest) > 0 || len(sequence) != len(n) {
		return false
	}
	for i, part := range sequence {
		var have []attribute
		for _, each := range part {
			value, ok := each.Value.(string) // what is no text is no name that can be registered
			if !ok {
				return false
			}
			have = append(have, attribute{each.Type.String(), value})
		}
		if !slices.Equal(sortedAttributes(have), n[i]) {
			return false
		}
	}
	return true
}

func sortedAttributes(list []attribute) []attribute {
	slices.SortFunc(list, func(a, b attribute) int {
		return strings.Compare(a.oid+"="+a.value, b.oid+"="+b.value)
	})
	return list
}

// attributeType is the object identifier of a short name (RFC 4514, section 3; RFC 5280, appendix A.1), or of one that is written in numbers.
func attributeType(name string) (string, error) {
	switch strings.ToUpper(name) {
	case "CN":
		return "2.5.4.3", nil
	case "SERIALNUMBER":
		return "2.5.4.5", nil
	case "C":
		return "2.5.4.6", nil
	case "L":
		return "2.5.4.7", nil
	case "ST":
		return "2.5.4.8", nil
	case "STREET":
		return "2.5.4.9", nil
	case "O":
		return "2.5.4.10", nil
	case "OU":
		return "2.5.4.11", nil
	case "UID":
		return "0.9.2342.19200300.100.1.1", nil
	case "DC":
		return "0.9.2342.19200300.100.1.25", nil
	case "E", "EMAILADDRESS":
		return "1.2.840.113549.1.9.1", nil
	}
	if name == "" || strings.Trim(name, "0123456789.") != "" {
		return "", fmt.Errorf("%q is no name of a part: use CN, O, OU, C, L, ST, STREET, DC, UID, serialNumber, emailAddress or an object identifier", name)
	}
	return name, nil
}

// parseDN reads the text form of a name (RFC 4514, section 3). Values in hexadecimal DER, which begin with #, are refused.
func parseDN(text string) (name distinguishedName, err error) {
	var part []attribute
	for rest, more := text, true; more; {
		var each attribute
		var end byte
		if each, rest, end, err = parseAttribute(rest); err != nil {
			return nil, err
		}
		part = append(part, each)
		if end != '+' {
			name = append(name, sortedAttributes(part))
			part = nil
		}
		more = end != 0
	}
	slices.Reverse(name)
	return name, nil
}

// parseAttribute reads one assertion, and what ends it: a comma, a plus, or 0 for the end of the text.
func parseAttribute(text string) (a attribute, rest string, end byte, err error) {
	kind, rest, found := strings.Cut(text, "=")
	if !found {
		return a, "", 0, fmt.Errorf("there is no = in %q", text)
	}
	if a.oid, err = attributeType(strings.TrimSpace(kind)); err != nil {
		return a, "", 0, err
	}
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest, "#") {
		return a, "", 0, errors.New("a value in hexadecimal is not taken: write the text")
	}
	var value []byte
	solid := 0 // how much of value stays when spaces at its end are cut off: an escaped one is no padding
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case ',', '+':
			a.value = string(value[:solid])
			return a, rest[i+1:], c, emptyValue(a)
		case '"', ';', '<', '>':
			return a, "", 0, fmt.Errorf("%q must be written as \\%c", c, c)
		case '\\':
			escaped, length, err := unescape(rest[i+1:])
			if err != nil {
				return a, "", 0, err
			}
			value, i = append(value, escaped), i+length
			solid = len(value)
		default:
			value = append(value, c)
			if c != ' ' {
				solid = len(value)
			}
		}
	}
	a.value = string(value[:solid])
	return a, "", 0, emptyValue(a)
}

func emptyValue(a attribute) error {
	if a.value == "" {
		return errors.New("a part has no value")
	}
	return nil
}

// unescape reads what follows a backslash: a special character, or a byte in two hexadecimal digits.
func unescape(text string) (c byte, length int, err error) {
	if text != "" && strings.IndexByte(` "#+,;<=>\`, text[0]) >= 0 {
		return text[0], 1, nil
	}
	var b byte
	if len(text) < 2 || strings.Trim(text[:2], "0123456789abcdefABCDEF") != "" {
		return 0, 0, errors.New("a backslash stands before a special character or two hexadecimal digits")
	}
	_, err = fmt.Sscanf(text[:2], "%02x", &b)
	return b, 2, err
}

// HasCertificate reports whether a self-signed certificate is one of the client's (RFC 8705, section 2.2): a key that is registered with a
// certificate (x5c) stands for that certificate alone, and one without for every certificate of the key.
func HasCertificate(keys jose.JSONWebKeySet, certificate *x509.Certificate) bool {
	return slices.ContainsFunc(keys.Keys, func(key jose.JSONWebKey) bool {
		if len(key.Certificates) > 0 {
			return key.Certificates[0].Equal(certificate)
		}
		public, comparable := key.Key.(interface{ Equal(crypto.PublicKey) bool })
		return comparable && public.Equal(certificate.PublicKey)
	})
}
