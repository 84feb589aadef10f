package redisstore_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// codeCall is one call about an authorization code.
type codeCall struct {
	hash   string
	create bool // otherwise it is consumed
}

// The states of a code, as one caller after another would see them.
const (
	codeNone = iota
	codeLive
	codeSpent
)

// codeModel says how a code answers, one call at a time. Each code is a history of its own.
func codeModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return codeNone },
		Step: func(state, input, output any) (bool, any) {
			answer, next := codeStep(state.(int), input.(codeCall).create)
			return output == answer, next
		},
		Partition: func(calls []porcupine.Operation) [][]porcupine.Operation {
			byHash := map[string][]porcupine.Operation{}
			for _, c := range calls {
				hash := c.Input.(codeCall).hash
				byHash[hash] = append(byHash[hash], c)
			}
			var parts [][]porcupine.Operation
			for _, part := range byHash {
				parts = append(parts, part)
			}
			return parts
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %q", input, output) },
	}
}

func codeStep(state int, create bool) (answer idp.Code, next int) {
	switch {
	case create && state == codeNone:
		return "", codeLive
	case create:
		return idp.CodeConflict, state
	case state == codeNone:
		return idp.CodeNotFound, state
	case state == codeLive:
		return "", codeSpent
	default:
		return idp.CodeUsed, state
	}
}

// codesAreLinearizable: redeemed by many at once, while it is made, a code behaves as if they had stood in a queue.
func codesAreLinearizable(t *testing.T, s redisStore) { // ABUSE 2
	for round := range 20 {
		storetest.Record(12, func(writer, turn int) (any, func() error) {
			code := storetest.Dice(6, 1, round, writer, turn)
			call := codeCall{hash: idp.HashToken(fmt.Sprintf("%d/%d", round, code)), create: storetest.Dice(3, 2, round, writer, turn) == 0}
			return call, func() error {
				if call.create {
					return s.Codes.CreateCode(t.Context(), call.hash, oidcop.Grant{SID: idp.SID(call.hash)}, codeLife)
				}
				g, err := s.Codes.ConsumeCode(t.Context(), call.hash)
				if (err == nil || errors.Is(err, idp.ErrUsed)) && g.SID != idp.SID(call.hash) {
					return fmt.Errorf("the grant is of %q", g.SID)
				}
				return err
			}
		}).Explained(t, codeModel())
	}
}

func TestTheModelOfCodesRefuses(t *testing.T) {
	consume := func(answer idp.Code) porcupine.Operation {
		return porcupine.Operation{Input: codeCall{hash: "h"}, Output: answer}
	}
	twice := func(second idp.Code) []porcupine.Operation {
		created := porcupine.Operation{Input: codeCall{hash: "h", create: true}, Output: idp.Code(""), Call: 1, Return: 2}
		return append(storetest.AtOnce(consume(""), consume(second)), created)
	}
	storetest.Judge(t, map[string]storetest.Case{
		"once":             {Model: codeModel(), Calls: twice(idp.CodeUsed), Explained: true},
		"twice":            {Model: codeModel(), Calls: twice(""), Explained: false},
		"one that is lost": {Model: codeModel(), Calls: twice(idp.CodeNotFound), Explained: false},
	})
}
