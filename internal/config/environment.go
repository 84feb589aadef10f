package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// forTests begins, or is, the name of a variable that only tests read: CONTRIBUTING.md says what they are for.
const (
	forTests    = EnvPrefix + "_TEST_"
	forPictures = EnvPrefix + "_SCREENSHOTS"
)

// Kubernetes gives every container variables about the services beside it, which may begin as ours do: a service named "apsid" makes
// APSID_SERVICE_HOST, and APSID_PORT with an address in it.
var (
	serviceName = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	serviceText = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// CheckEnvironment refuses variables that begin as those of this program do and belong to no flag of any command: a mistyped one
// would be a setting that silently does not count. An empty one sets nothing. It names all of them, each with the name that was probably meant.
func CheckEnvironment(app *kong.Application, environ []string) error {
	known := variables(app.Node)
	var unknown []string
	for _, each := range environ {
		name, value, _ := strings.Cut(each, "=")
		if value == "" || !strings.HasPrefix(name, EnvPrefix+"_") || slices.Contains(known, name) || isForeign(name, value) {
			continue
		}
		text := name
		if meant := nearest(strings.TrimPrefix(name, EnvPrefix), withoutPrefix(known)); meant != "" {
			text += fmt.Sprintf(" (did you mean %s?)", EnvPrefix+meant)
		}
		unknown = append(unknown, text)
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown environment variable: %s", strings.Join(unknown, ", "))
}

func isForeign(name, value string) bool {
	return strings.HasPrefix(name, forTests) || name == forPictures || serviceName.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && serviceText.MatchString(value)
}

func variables(node *kong.Node) (names []string) {
	for _, flag := range node.Flags {
		names = append(append(names, flag.Envs...), fileVariables(flag)...)
	}
	for _, child := range node.Children {
		names = append(names, variables(child)...)
	}
	return names
}

func withoutPrefix(names []string) []string {
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = strings.TrimPrefix(name, EnvPrefix)
	}
	return short
}
