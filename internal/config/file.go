package config

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/apscloud/apsid/internal/idp"
)

// EnvPrefix begins the name of every environment variable.
const EnvPrefix = "APSID"

// File is a configuration file: a kong.Resolver.
type File struct {
	name   string
	values map[string]any
}

var _ kong.Resolver = (*File)(nil)

// ReadFile reads YAML, of which JSON is a part. It is a kong.ConfigurationLoader.
func ReadFile(r io.Reader) (kong.Resolver, error) {
	file := &File{name: "configuration file"}
	if named, ok := r.(interface{ Name() string }); ok {
		file.name = named.Name()
	}
	decoder := yaml.NewDecoder(r)
	if err := decoder.Decode(&file.values); err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %s", file.name, idp.OneLine(err))
	}
	return file, nil
}

// Validate refuses keys that no flag of any command has.
func (f *File) Validate(app *kong.Application) error {
	known := flagNames(app.Node)
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		if !slices.Contains(known, key) {
			return fmt.Errorf("%s: unknown key %q%s", f.name, key, didYouMean(key, known))
		}
	}
	return nil
}

// Resolve gives the flag its value from the file unless the environment has one.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := f.values[flag.Name]
	if !ok || slices.ContainsFunc(flag.Envs, isSet) || secretFile(flag) != "" {
		return nil, nil
	}
	text, err := scalar(value)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", f.name, err) // kong puts the flag's name before it
	}
	return text, nil
}

// scalar writes a value as it would stand on the command line.
func scalar(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			part, err := scalar(item)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ","), nil
	default:
		return "", fmt.Errorf("must be a single value or a list")
	}
}

func isSet(env string) bool {
	_, ok := os.LookupEnv(env)
	return ok
}

// notInFile reports whether a flag makes no sense in a file.
func notInFile(name string) bool { return name == "help" || name == "config" || name == "version" }

func flagNames(node *kong.Node) []string {
	var names []string
	for _, flag := range node.Flags {
		if !notInFile(flag.Name) {
			names = append(names, flag.Name)
		}
	}
	for _, child := range node.Children {
		names = append(names, flagNames(child)...)
	}
	return names
}

// didYouMean names the flag that key probably stands for.
func didYouMean(key string, known []string) string {
	if name := nearest(key, known); name != "" {
		return fmt.Sprintf(" (did you mean %q?)", name)
	}
	return ""
}
