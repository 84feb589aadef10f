package adminapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// schema is as much of JSON Schema as the document uses for answers.
type schema struct {
	MinLength  int               `json:"minLength"`
	MaxLength  int               `json:"maxLength"`
	MaxItems   int               `json:"maxItems"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	Ref        string            `json:"$ref"`
	Type       json.RawMessage   `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
	Additional json.RawMessage   `json:"additionalProperties"`
}

func schemasOf(t *testing.T, w *world) map[string]schema {
	t.Helper()
	var d struct {
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	must(t, json.Unmarshal([]byte(w.ask("GET", "/openapi.json", "", "").body), &d))
	return d.Components.Schemas
}

// hold holds an answer to what the document says of it.
func (tr *tour) hold(id string, documented json.RawMessage, body string) {
	tr.t.Helper()
	var response struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	}
	must(tr.t, json.Unmarshal(documented, &response))
	if len(response.Content) == 0 {
		if body != "" {
			tr.t.Errorf("%s: an answer that is not in the document: %s", id, body)
		}
		return
	}
	var value any
	must(tr.t, json.Unmarshal([]byte(body), &value))
	for _, fault := range tr.faults(response.Content["application/json"].Schema, value, "") {
		tr.t.Errorf("%s: %s", id, fault)
	}
}

// faults lists where a value is not as the schema says.
func (tr *tour) faults(s schema, value any, at string) (found []string) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = tr.schemas[name]
	}
	kind := strings.Trim(string(s.Type), `"`)
	switch v := value.(type) {
	case map[string]any:
		found = append(found, tr.objectFaults(s, v, at)...)
		return append(found, mismatch(kind, "object", at)...)
	case []any:
		for _, item := range v {
			if s.Items != nil {
				found = append(found, tr.faults(*s.Items, item, at+"/*")...)
			}
		}
		return append(found, mismatch(kind, "array", at)...)
	case string:
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			found = append(found, at+": "+v+" is none of the document's")
		}
		return append(found, mismatch(kind, "string", at)...)
	case float64:
		return mismatch(kind, "integer", at)
	case bool:
		return mismatch(kind, "boolean", at)
	default:
		return []string{at + ": null"}
	}
}

func (tr *tour) objectFaults(s schema, members map[string]any, at string) (found []string) {
	for _, name := range s.Required {
		if _, ok := members[name]; !ok {
			found = append(found, at+"/"+name+" is missing")
		}
	}
	for name, member := range members {
		known, ok := s.Properties[name]
		switch {
		case ok:
			found = append(found, tr.faults(known, member, at+"/"+name)...)
		case string(s.Additional) == "false":
			found = append(found, at+"/"+name+" is not in the document")
		}
	}
	return found
}

func mismatch(documented, got, at string) []string {
	if documented == got {
		return nil
	}
	return []string{at + " is " + got + ", documented as " + documented}
}
