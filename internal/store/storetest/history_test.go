package storetest

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/apscloud/apsid/internal/idp"
)

// A checker that explains everything proves nothing: each model is shown what must not happen.
func TestTheModelsRefuse(t *testing.T) {
	both := func(first, second porcupine.Operation) []porcupine.Operation {
		first.Call, first.Return, second.ClientId, second.Call, second.Return = 10, 20, 1, 11, 21
		return []porcupine.Operation{first, second}
	}
	consume := func(answer idp.Code) porcupine.Operation {
		return porcupine.Operation{Input: codeCall{hash: "h"}, Output: answer}
	}
	code := func(second idp.Code) []porcupine.Operation {
		created := porcupine.Operation{Input: codeCall{hash: "h", create: true}, Output: idp.Code(""), Call: 1, Return: 2}
		return append(both(consume(""), consume(second)), created)
	}
	rotate := func(next string, answer idp.Code) porcupine.Operation {
		return porcupine.Operation{Input: refreshCall{do: "rotate", old: "first", next: next}, Output: answer}
	}
	ended := porcupine.Operation{Input: refreshCall{do: "end"}, Output: idp.Code(""), Call: 1, Return: 2}
	for name, c := range map[string]struct {
		model porcupine.Model
		calls []porcupine.Operation
		want  bool
	}{
		"a code once":                  {codeModel(), code(idp.CodeUsed), true},
		"a code twice":                 {codeModel(), code(""), false},
		"a code that is lost":          {codeModel(), code(idp.CodeNotFound), false},
		"a token once":                 {refreshModel("first"), both(rotate("a", ""), rotate("b", idp.CodeUsed)), true},
		"a token twice":                {refreshModel("first"), both(rotate("a", ""), rotate("b", "")), false},
		"a token of an ended session":  {refreshModel("first"), append(both(rotate("a", ""), rotate("b", idp.CodeUsed)), ended), false},
		"none, as the session is over": {refreshModel("first"), append(both(rotate("a", idp.CodeNotFound), rotate("b", idp.CodeNotFound)), ended), true},
	} {
		if got := porcupine.CheckOperations(c.model, c.calls); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
