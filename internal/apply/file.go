package apply

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a file, in bytes.
const maxFile = 32 << 20

// object is an item of a file, with the lines of its fields.
type object[T any] struct {
	at    position
	name  string // "practice prc_harbour"
	lines map[string]int
	spec  T
}

// Files is what was read.
type Files struct {
	practices    []object[practiceSpec]
	apps         []object[clientSpec]
	integrations []object[clientSpec]
	people       []object[personSpec]
}

// Read reads files, one after the other, as if they were one. Its errors are all the mistakes in them, or that a file can't be
// read.
func Read(names ...string) (Files, error) {
	var all Files
	var mistakes []error
	for _, name := range names {
		text, err := load(name)
		if err != nil {
			return Files{}, err
		}
		mistakes = append(mistakes, all.read(name, text)...)
	}
	mistakes = append(mistakes, all.identify()...)
	return all, errors.Join(mistakes...)
}

func load(name string) (_ []byte, err error) {
	file, err := os.Open(name) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: is larger than %d MiB", name, maxFile>>20)
	}
	return text, err
}

// read adds what a file says.
func (f *Files) read(name string, text []byte) (mistakes []error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return mistakes
		}
		if err != nil {
			return append(mistakes, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
		}
		mistakes = append(mistakes, f.document(name, document.Content[0])...)
	}
}

func (f *Files) document(name string, root *yaml.Node) (mistakes []error) {
	at := position{file: name, line: root.Line}
	if root.Kind != yaml.MappingNode {
		return []error{&Mistake{File: name, Line: root.Line, Text: "must be practices, apps, integrations and people, each with a list"}}
	}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at.line = key.Line
		switch key.Value {
		case "practices":
			mistakes = append(mistakes, items(&f.practices, at, "practice", value)...)
		case "apps":
			mistakes = append(mistakes, items(&f.apps, at, "app", value)...)
		case "integrations":
			mistakes = append(mistakes, items(&f.integrations, at, "integration", value)...)
		case "people":
			mistakes = append(mistakes, items(&f.people, at, "person", value)...)
		default:
			text := fmt.Sprintf("unknown key %q: there are practices, apps, integrations and people", key.Value)
			mistakes = append(mistakes, &Mistake{File: name, Line: key.Line, Text: text})
		}
	}
	return mistakes
}

// items adds the items of one list.
func items[T any](to *[]object[T], at position, kind string, node *yaml.Node) (mistakes []error) {
	if node.Kind != yaml.SequenceNode {
		return []error{&Mistake{File: at.file, Line: at.line, Object: kind, Text: "must be a list, each item beginning with a dash"}}
	}
	for _, each := range node.Content {
		if each.Kind == yaml.AliasNode {
			each = each.Alias
		}
		read, wrong := item[T](position{file: at.file, line: each.Line}, kind, each)
		mistakes = append(mistakes, wrong...)
		*to = append(*to, read)
	}
	return mistakes
}

// item reads one object, key by key, so that each mistake has its line.
func item[T any](at position, kind string, node *yaml.Node) (o object[T], mistakes []error) {
	o = object[T]{at: at, name: kind, lines: map[string]int{}}
	if node.Kind != yaml.MappingNode {
		return o, []error{o.mistake("", "must be keys with values")}
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i].Value; key == "id" || key == "username" {
			o.name = kind + " " + shown(node.Content[i+1].Value)
		}
	}
	fields := fieldsOf(reflect.ValueOf(&o.spec).Elem())
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field, known := fields[key.Value]
		_, twice := o.lines[key.Value]
		o.lines[key.Value] = key.Line
		switch {
		case !known:
			mistakes = append(mistakes, &Mistake{File: at.file, Line: key.Line, Object: o.name, Text: fmt.Sprintf("unknown key %q", key.Value)})
		case twice:
			mistakes = append(mistakes, o.mistake(key.Value, "stands here twice"))
		case value.Tag == "!!null":
			mistakes = append(mistakes, o.mistake(key.Value, "has no value; leave the key out to leave it as it is"))
		case !fits(value, field):
			mistakes = append(mistakes, o.mistake(key.Value, "must be %s", kindOf(field)))
		}
	}
	return o, mistakes
}

// fieldsOf maps the keys of a file to the fields of a spec.
func fieldsOf(spec reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range spec.NumField() {
		fields[spec.Type().Field(i).Tag.Get("yaml")] = spec.Field(i)
	}
	return fields
}

// fits gives the field its value. A value that looks like a number is taken as text, because a telephone number may look like
// one.
func fits(value *yaml.Node, field reflect.Value) bool {
	for value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if slices.ContainsFunc(value.Content, func(each *yaml.Node) bool { return each.Kind != yaml.ScalarNode || each.Tag == "!!null" }) {
		return false
	}
	return value.Decode(field.Addr().Interface()) == nil
}

func kindOf(field reflect.Value) string {
	switch field.Type().Elem().Kind() {
	case reflect.Slice:
		return "a list of texts"
	case reflect.Bool:
		return "true or false"
	default:
		return "text"
	}
}
