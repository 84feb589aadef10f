package config

import "fmt"

// Problem is a mistake in the configuration.
type Problem struct {
	Key   string // the flag's name, without dashes
	Value string // as given; "" where it is missing or holds a credential
	Text  string // what is wrong and what is allowed
}

// Error implements error, in one line: --issuer: "http://x": must be https.
func (p *Problem) Error() string {
	if p.Value == "" {
		return fmt.Sprintf("--%s: %s", p.Key, p.Text)
	}
	return fmt.Sprintf("--%s: %q: %s", p.Key, p.Value, p.Text)
}

func problem(key, value, format string, args ...any) error {
	return &Problem{Key: key, Value: value, Text: fmt.Sprintf(format, args...)}
}

// firstOf returns the first error there is.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
