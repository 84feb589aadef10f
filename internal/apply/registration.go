package apply

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// reader reads values of a client that are not just text, and remembers those that can't be read.
type reader struct {
	of   object[clientSpec]
	errs []error
}

// registration is the client as the file wants it.
func registration(o object[clientSpec], n idp.Registration) (idp.Registration, error) {
	s, r := o.spec, &reader{of: o}
	n.ID, n.Kind = idp.ClientID(given(s.ID)), over(s.Kind, n.Kind)
	n.Name, n.PracticeID = over(s.Name, n.Name), over(s.Practice, n.PracticeID)
	n.PublicKeys = r.keys(n.PublicKeys)
	n.Scopes = sorted(overList(s.Scopes, n.Scopes))
	n.RedirectURIs = overList(s.RedirectURIs, n.RedirectURIs)
	n.PostLogoutRedirectURIs = overList(s.PostLogoutURIs, n.PostLogoutRedirectURIs)
	n.BackchannelLogoutURI = over(s.BackchannelURI, n.BackchannelLogoutURI)
	n.InitiateLoginURI = over(s.InitiateLogin, n.InitiateLoginURI)
	if s.Scopes != nil {
		n.RefreshTokens = policy.HasRefreshTokens(n.Scopes)
	}
	n.RefreshTokens, n.PKCEOptional = overBool(s.RefreshTokens, n.RefreshTokens), overBool(s.PKCEOptional, n.PKCEOptional)
	n.PKCERequired, n.ReferenceTokens = overBool(s.PKCERequired, n.PKCERequired), overBool(s.ReferenceTokens, n.ReferenceTokens)
	n.UserinfoOnly, n.TokenEndpointAudience = overBool(s.UserinfoOnly, n.UserinfoOnly), overBool(s.TokenEndpointAudience, n.TokenEndpointAudience)
	n.PushRequired, n.SecurityProfile = overBool(s.PushRequired, n.PushRequired), over(s.SecurityProfile, n.SecurityProfile)
	n.JWKSURI, n.CertificateSubject = over(s.JWKSURI, n.JWKSURI), over(s.CertificateSubject, n.CertificateSubject)
	switch { // keys stand in one place: a file that names one gives up the other
	case given(s.JWKSURI) != "" && s.PublicKeysFile == nil:
		n.PublicKeys = ""
	case s.PublicKeysFile != nil && s.JWKSURI == nil:
		n.JWKSURI = ""
	}
	n.CertificateBound = overBool(s.CertificateBound, n.CertificateBound)
	n.AllowedOrigins, n.Identifier = overList(s.AllowedOrigins, n.AllowedOrigins), over(s.Identifier, n.Identifier)
	n.IDTokenAlg, n.Profile = over(s.IDTokenAlg, orElse(n.IDTokenAlg, policy.UsualIDTokenAlg)), over(s.Profile, orElse(n.Profile, idp.ProfileDefault))
	n.SessionLifetime = r.span("session_lifetime", s.Lifetime, n.SessionLifetime)
	n.SessionIdleTimeout = r.span("session_idle_timeout", s.IdleTimeout, n.SessionIdleTimeout)
	if n.RefreshGrace = r.span("refresh_grace", s.RefreshGrace, n.RefreshGrace); s.RefreshGrace != nil && n.RefreshGrace == 0 {
		n.RefreshGrace = idp.NoRefreshGrace
	}
	n.FAPI2From = r.from("fapi2_from", s.FAPI2From, n.FAPI2From)
	n.PhishingResistanceFrom = r.from("phishing_resistance_from", s.PhishingFrom, n.PhishingResistanceFrom)
	n.SignOnGroup, n.Brings = over(s.SignOnGroup, n.SignOnGroup), sorted(overList(s.Brings, n.Brings))
	n.Accent, n.Logo = over(s.Accent, n.Accent), r.logo(n.Logo)
	n.Owner, n.Purpose = over(s.Owner, n.Owner), strings.TrimSpace(over(s.Purpose, n.Purpose)) // a block of YAML ends with a line end
	n.ReviewAt = r.moment("review_at", s.ReviewAt, n.ReviewAt)
	n.AuthMethod = over(s.AuthMethod, orElse(n.AuthMethod, policy.UsualAuthMethod(n)))
	return n, errors.Join(r.errs...)
}

func orElse[T ~string](value, other T) T {
	if value == "" {
		return other
	}
	return value
}

func overBool(said *bool, stored bool) bool {
	if said == nil {
		return stored
	}
	return *said
}

func (r *reader) fail(field, format string, args ...any) {
	r.errs = append(r.errs, r.of.mistake(field, format, args...))
}

func (r *reader) span(field string, said *string, stored time.Duration) time.Duration {
	if said == nil {
		return stored
	}
	d, err := time.ParseDuration(*said)
	if err != nil {
		r.fail(field, "must be a time like 8h or 15m")
	}
	return d
}

func (r *reader) moment(field string, said *string, stored time.Time) time.Time {
	if said == nil {
		return stored
	}
	at, err := parseMoment(*said, time.UTC)
	if err != nil {
		r.fail(field, "%s", err)
	}
	return at
}

// from is moment for a date that can be taken away: by "".
func (r *reader) from(field string, said *string, stored time.Time) time.Time {
	if said != nil && *said == "" {
		return time.Time{}
	}
	return r.moment(field, said, stored)
}

// parseMoment reads a day, which begins at midnight there, or a moment.
func parseMoment(text string, there *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, there); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("must be a day like 2027-03-31")
}

func (r *reader) keys(stored string) string {
	if r.of.spec.PublicKeysFile == nil {
		return stored
	}
	text, err := load(beside(r.of.at.file, *r.of.spec.PublicKeysFile))
	if err != nil {
		r.fail("public_keys_file", "%s", err)
	}
	return string(text)
}

func (r *reader) logo(stored []byte) []byte {
	said := r.of.spec.LogoFile
	if said == nil || *said == "" {
		return overNone(said, stored)
	}
	data, err := load(beside(r.of.at.file, *said))
	if err == nil {
		data, err = brand.Logo(data)
	}
	if err != nil {
		r.fail("logo_file", "%s", err)
	}
	return data
}

// overNone is nothing where the file says so, and what is stored where it says nothing.
func overNone(said *string, stored []byte) []byte {
	if said == nil {
		return stored
	}
	return nil
}

// beside is a path that a file names, relative to the file.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// secret is what the file gives a new client; zero if it gives none.
func (p *planner) secret(o object[clientSpec]) (idp.Secret, error) {
	s := o.spec
	switch {
	case s.SecretFile != nil && s.SecretEnv != nil:
		return idp.Secret{}, o.mistake("secret_env", "and secret_file are both there: give one")
	case s.SecretFile != nil:
		text, err := load(beside(o.at.file, *s.SecretFile))
		if err != nil {
			return idp.Secret{}, o.mistake("secret_file", "%s", err)
		}
		return o.notEmpty("secret_file", string(text))
	case s.SecretEnv != nil:
		text, _ := p.Env(*s.SecretEnv)
		return o.notEmpty("secret_env", text)
	default:
		return idp.Secret{}, nil
	}
}

// notEmpty refuses a secret that is not there: another one would be drawn in its place.
func (o object[T]) notEmpty(field, text string) (idp.Secret, error) {
	text = strings.TrimRight(text, "\r\n")
	if text == "" {
		return idp.Secret{}, o.mistake(field, "holds nothing")
	}
	return idp.NewSecret(text), nil
}
