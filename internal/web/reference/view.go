package reference

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// view is what the page shows.
type view struct {
	About   [][]span
	Server  string
	Source  string
	Scopes  []entry
	Groups  []group
	Schemas []shape
}

// group is the operations with one tag.
type group struct {
	ID, Name   string
	Operations []described
}

type described struct {
	ID, Method, Path, Summary string
	About                     [][]span
	Scopes                    []string
	Parameters                []entry
	Body                      *kind
	Example                   string
	Answers                   []answer
}

// entry is a parameter, a member of an object, or a scope.
type entry struct {
	Name, Where string
	Kind        kind
	Required    bool
	About       [][]span
}

type answer struct {
	Status, Text string
	Kind         *kind
}

// shape is a schema.
type shape struct {
	Name    string
	About   [][]span
	Members []entry
}

func newView(d document, source string) view {
	v := view{About: prose(d.Info.Description), Source: source}
	if len(d.Servers) > 0 {
		v.Server = d.Servers[0].URL
	}
	v.Scopes = d.scopes()
	tags := map[string][]described{}
	for _, where := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if o, found := d.Paths[where][method]; found {
				tag := strings.Join(o.Tags, ", ")
				tags[tag] = append(tags[tag], d.describe(o, method, where))
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		v.Groups = append(v.Groups, group{ID: "group-" + strings.ReplaceAll(strings.ToLower(tag), " ", "-"), Name: tag, Operations: tags[tag]})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := d.Components.Schemas[name]
		v.Schemas = append(v.Schemas, shape{Name: name, About: prose(s.Description), Members: s.members()})
	}
	return v
}

func (d document) scopes() (all []entry) {
	found := map[string]string{}
	for _, scheme := range d.Components.SecuritySchemes {
		for _, flow := range scheme.Flows {
			maps.Copy(found, flow.Scopes)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		all = append(all, entry{Name: name, About: prose(found[name])})
	}
	return all
}

func (d document) describe(o operation, method, where string) described {
	found := described{ID: o.OperationID, Method: strings.ToUpper(method), Path: where, Summary: o.Summary, About: prose(o.Description)}
	for _, way := range o.Security {
		for _, scopes := range way {
			found.Scopes = append(found.Scopes, scopes...)
		}
	}
	for _, p := range o.Parameters {
		found.Parameters = append(found.Parameters, entry{Name: p.Name, Where: p.In, Kind: p.Schema.kind(), Required: p.Required, About: prose(p.Description)})
	}
	if o.RequestBody != nil {
		for _, m := range o.RequestBody.Content {
			body := m.Schema.kind()
			found.Body, found.Example = &body, indented(m.Example)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		found.Answers = append(found.Answers, d.answer(status, o.Responses[status]))
	}
	return found
}

func (d document) answer(status string, r response) answer {
	if r.Ref != "" {
		r = d.Components.Responses[path.Base(r.Ref)]
	}
	found := answer{Status: status, Text: r.Description}
	for _, m := range r.Content {
		content := m.Schema.kind()
		found.Kind = &content
	}
	return found
}

// members lists what an object has: first what it must have.
func (s schema) members() (all []entry) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		all = append(all, entry{Name: name, Kind: property.kind(), Required: slices.Contains(s.Required, name), About: prose(property.Description)})
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		default:
			return 1
		}
	})
	return all
}
