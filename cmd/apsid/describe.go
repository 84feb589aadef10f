package main

import (
	"cmp"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/policy"
)

// gives lists the policy's commands that a command of the command line carries out: its tag "gives" names them.
func gives(node *kong.Node) (all []policy.Command) {
	if node.Tag == nil {
		return nil
	}
	for _, name := range strings.Fields(node.Tag.Get("gives")) {
		all = append(all, policy.Command(name))
	}
	return all
}

// describe gives each command of the command line that has no help of its own the description of the policy's command that it
// carries out.
func describe(k *kong.Kong) error {
	return kong.Visit(k.Model, func(each kong.Visitable, next kong.Next) error {
		node, ok := each.(*kong.Node)
		if !ok || len(gives(node)) == 0 {
			return next(nil)
		}
		d := policy.Describe(gives(node)[0])
		node.Help, node.Detail = cmp.Or(node.Help, d.Summary+"."), cmp.Or(node.Detail, d.About)
		return next(nil)
	})
}
