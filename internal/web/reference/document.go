package reference

import "encoding/json"

// document is what the page reads of an OpenAPI document (OpenAPI 3.1.0).
type document struct {
	Info struct {
		Title, Version, Description string
	}
	Servers    []struct{ URL string }
	Paths      map[string]map[string]operation // by path and method
	Components struct {
		Schemas         map[string]schema
		Responses       map[string]response
		SecuritySchemes map[string]struct {
			Flows map[string]struct{ Scopes map[string]string }
		}
	}
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Parameters                        []parameter
	RequestBody                       *struct{ Content map[string]media }
	Responses                         map[string]response // by status
	Security                          []map[string][]string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]media
}

type media struct {
	Schema  schema
	Example json.RawMessage
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any    // a name, or a list of names
	Format, Description  string
	Enum                 []any
	Items                *schema
	Properties           map[string]schema
	Required             []string
	AdditionalProperties any
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	MaxItems             *int
	PatternDescription   string
	Default              any
}
