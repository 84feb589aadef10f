package config

import "github.com/apscloud/apsid/internal/idp"

// Secret is a flag that holds a credential. It prints as redacted.
type Secret struct{ idp.Secret }

// UnmarshalText takes the value of the flag.
func (s *Secret) UnmarshalText(text []byte) error {
	s.Secret = idp.NewSecret(string(text))
	return nil
}

// NewSecret wraps a value that does not come from a flag.
func NewSecret(text string) Secret { return Secret{idp.NewSecret(text)} }
