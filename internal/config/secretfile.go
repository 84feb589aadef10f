package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// inFile ends the name of a variable that says in which file a secret is: what hands out secrets (Kubernetes, Docker, systemd) makes files
// of them, which no list of processes shows.
const inFile = "_FILE"

// maxSecret is how long the secret in a file may be, in bytes.
const maxSecret = 64 << 10

// SecretFiles gives a flag that holds a secret its value from the file that the environment names, APSID_DATABASE_URL_FILE for
// --database-url. The command line comes first, and the configuration file after it. It is a kong.Resolver.
type SecretFiles struct{}

var _ kong.Resolver = SecretFiles{}

// Validate has nothing to look at: CheckEnvironment refuses what belongs to no flag.
func (SecretFiles) Validate(*kong.Application) error { return nil }

// Resolve reads the file. A file that is not there, or holds nothing, is an error: going on without it would use another database than was
// meant.
func (SecretFiles) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	variable := secretFile(flag)
	if variable == "" {
		return nil, nil
	}
	if plain := strings.TrimSuffix(variable, inFile); os.Getenv(plain) != "" {
		return nil, fmt.Errorf("%s and %s are both set: give one", plain, variable)
	}
	text, err := readSecret(os.Getenv(variable))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err) // kong puts the flag's name before it
	}
	return text, nil
}

// secretFile is the variable that names a file for the flag; "" if none is set.
func secretFile(flag *kong.Flag) string {
	for _, variable := range fileVariables(flag) {
		if os.Getenv(variable) != "" {
			return variable
		}
	}
	return ""
}

// readSecret returns what a file holds, without the line break that editors put at its end.
func readSecret(path string) (text string, err error) {
	file, err := os.Open(path) // #nosec G304 -- the operator names it
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	held, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	held = bytes.TrimSuffix(bytes.TrimSuffix(held, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return "", err
	case len(held) == 0:
		return "", fmt.Errorf("%s is empty", path)
	case len(held) > maxSecret:
		return "", fmt.Errorf("%s has more than %d KiB", path, maxSecret>>10)
	}
	return string(held), nil
}

// fileVariables are the variables that name a file with the value of the flag: none unless it holds a secret.
func fileVariables(flag *kong.Flag) (names []string) {
	if flag.Target.Type() != reflect.TypeFor[Secret]() {
		return nil
	}
	for _, name := range flag.Envs {
		names = append(names, name+inFile)
	}
	return names
}
