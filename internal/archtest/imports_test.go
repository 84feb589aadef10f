package archtest

import (
	"strings"
	"testing"
)

// room says which packages of ours a package may import in product code. Later entries are the more specific ones and win.
// Imports point one way: cmd -> server -> surfaces and stores -> centre -> policy -> idp.
type room struct {
	folder string
	may    []string
	reason string
}

func rooms() []room {
	centre := []string{"internal/proof", "internal/authenticator", "internal/passkey", "internal/policy", "internal/mailbox", "internal/brand", "internal/idp"}
	ports := []string{"internal/signin", "internal/session", "internal/directory", "internal/oidcop", "internal/keyring", "internal/auditlog", "internal/restore", "internal/standing"}
	return []room{
		{"internal", nil, "a package that no rule names has no place in the house yet: give it one here"},
		{"internal/idp", nil, "the ground stands on nothing, so that everything can stand on it"},
		{"internal/mailbox", []string{"internal/idp"}, "one parser of user names for every way in: it reads text and knows no store"},
		{"internal/brand", nil, "it reads pictures and colours, and knows nothing of whose they are"},
		{"internal/policy", []string{"internal/idp"}, "decisions are pure functions over domain types"},
		{"internal/authenticator", []string{"internal/policy", "internal/idp"}, "checking one proof knows nothing of the sign-in around it"},
		{"internal/passkey", []string{"internal/idp"}, "the ceremonies of passkeys know nothing of the sign-in around them"},
		{"internal/proof", []string{"internal/authenticator", "internal/policy", "internal/idp"}, "what the sign-in and the account pages do alike around one proof knows neither"},
		{"internal/signin", centre, "the centre declares ports; it must not know who answers them"},
		{"internal/standing", []string{"internal/idp"}, "what was read of a token is remembered as it is; whether it suffices is asked elsewhere"},
		{"internal/session", centre, "sessions are used by surfaces and know none of them"},
		{"internal/directory", centre, "use cases are used by surfaces and know none of them"},
		{"internal/auditlog", []string{"internal/idp"}, "it proves what was written and knows nothing of who wrote it"},
		{"internal/restore", []string{"internal/auditlog", "internal/idp"}, "it compares the trail with what was seen of it; what a store does with its tables is the store's to say"},
		{"internal/tally", []string{"internal/idp"}, "it bounds the events of any surface or use case, and knows none of them"},
		{"internal/seal", []string{"internal/idp"}, "sealing bytes knows nothing of what they mean"},
		{"internal/keyring", []string{"internal/idp"}, "its store answers a port, so that it can be any store"},
		{"internal/browser", []string{"internal/idp"}, "cookies and paths are shared by the HTML surfaces and know none of them"},
		{"internal/outbound", []string{"internal/idp"}, "it calls addresses that clients registered, and knows not what for"},
		{"internal/clientkeys", []string{"internal/outbound", "internal/authenticator", "internal/idp"}, "it fetches keys that clients publish; what is signed with them is judged elsewhere"},
		{"internal/backchannel", []string{"internal/outbound", "internal/idp"}, "it calls apps for the queue and knows neither; keys, clients and the trail come through ports"},
		{"internal/outbox", []string{"internal/idp"}, "outgoing work is handed to a port; adapters never import each other"},
		{"internal/notify", []string{"internal/authenticator", "internal/mailbox", "internal/policy", "internal/idp", "templates"}, "adapters never import each other"},
		{"internal/oidcop", append([]string{"internal/signin", "internal/session", "internal/browser", "pkg/apsid", "pkg/dpop", "pkg/mtls"}, centre...), "the protocol surface uses the centre; pages, keys and stores come through ports"},
		{"internal/web", append([]string{"internal/web", "internal/signin", "internal/session", "internal/directory", "internal/importer", "internal/browser", "templates"}, centre...), "the HTML surfaces use the centre; adapters never import each other"},
		{"internal/adminapi", append([]string{"internal/session", "internal/directory", "internal/browser"}, centre...), "the management API uses the centre; adapters never import each other"},
		{"internal/store/*", append(ports, centre...), "a store imports those whose ports it answers, for their types; never a surface's pages or another store"},
		{"internal/store/sqlstore", append([]string{"internal/store/sqlstore"}, append(ports, centre...)...), "a store imports those whose ports it answers, for their types; never a surface's pages or another store"},
		{"internal/store/storetest", []string{"internal/store/sqlstore", "internal/testenv", "internal/idp"}, "the tests of every package that needs a database use it: it migrates one, and knows nobody's ports"},
		{"internal/importer", append([]string{"internal/directory"}, centre...), "it reads files for the shell and for a page; what may be stored is for the use cases to say"},
		{"internal/apply", append([]string{"internal/directory"}, centre...), "it compares files with what is stored; what may be stored is for the use cases to say"},
		{"internal/telemetry", []string{"internal/browser", "internal/idp"}, "whoever observes must not depend on what is observed, but for how a request is known"},
		{"internal/config", []string{"internal/idp"}, "configuration is read before anything is built"},
		{"internal/timesheets", []string{"pkg"}, "the stand-in app is built as any integrator would: on the public packages"},
		{"internal/conform", []string{"pkg/apsid"}, "it judges apps by what is public: what it shared with the provider or with package rp it could not judge"},
		{"internal/conformance", nil, "it judges the provider by what is public: what it shared with it could not be judged"},
		{"internal/demo", []string{"internal", "pkg", "templates"}, "the demo composes everything"},
		{"internal/server", []string{"internal", "pkg", "templates"}, "the composition knows everybody, so that nobody else has to"},
		{"internal/testenv", []string{"internal/testenv"}, "tests of any package use it: it must not depend on any"},
		{"internal/testworld", []string{"internal/demo", "internal/directory", "internal/idp", "internal/policy", "internal/server", "internal/testenv"}, "it runs the whole program for tests, and visits it by its pages"},
		{"internal/faulttest", []string{"internal/testenv"}, "its helpers know the product from outside only; the tests in it may compose a server"},
		{"internal/faulttest/rig", []string{"internal/testenv"}, "tests of any store use it: it must not depend on any"},
		{"internal/browsertest", []string{"internal/testenv", "internal/browsertest"}, "its helpers know the product by its pages only; the tests in it may compose a server"},
		{"cmd", []string{"internal", "pkg"}, "commands are the top"},
		{"cmd/timesheets", []string{"internal/timesheets", "pkg"}, "the stand-in app is built as any integrator would: on the public packages"},
		{"deploy/bench", []string{"internal/authenticator", "internal/idp", "internal/testenv", "pkg/dpop"}, "it measures any build of the program by its commands and addresses; of this one it takes the hash, as the unit of cost, and a client's proofs"},
		{"deploy/bench/profiled", []string{"internal/config", "internal/server", "internal/telemetry"}, "it is the server with profiles beside it: it composes as the command does"},
		{"deploy/examples", []string{"pkg"}, "they show what an app takes: the public packages"},
		{"pkg/apsid", nil, "public vocabulary: an app that imports it must not build the provider"},
		{"pkg/jwks", nil, "apps and APIs embed it: it must not build the provider"},
		{"pkg/dpop", nil, "apps and APIs embed it: it must not build the provider"},
		{"pkg/mtls", nil, "apps and APIs embed it: it must not build the provider"},
		{"pkg/rs", []string{"pkg/apsid", "pkg/dpop", "pkg/jwks", "pkg/mtls"}, "an API embeds it: it must not build the provider"},
		{"pkg/rp", []string{"pkg/apsid", "pkg/jwks", "pkg/rp"}, "an app embeds it: it must not build the provider"},
		{"pkg/adminclient", []string{"pkg/apsid"}, "others' programs embed it: it must not build the provider"},
		{"templates", nil, "texts and pages are data: whoever words them need not know the code"},
	}
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	for _, p := range packages(t) {
		r, found := roomOf(p.path)
		if !found {
			t.Errorf("%s: no rule names it: give it a place in imports_test.go, with a reason", p.path)
			continue
		}
		for _, path := range forbidden(r, p.imports) {
			t.Errorf("%s may not import %s: %s", p.path, path, r.reason)
		}
	}
}

// forbidden lists those of the imports that are ours and that the rule does not allow.
func forbidden(r room, imports []string) []string {
	var bad []string
	for _, path := range imports {
		ours, ok := strings.CutPrefix(path, module)
		if ok && !withinAny(ours, r.may) {
			bad = append(bad, ours)
		}
	}
	return bad
}

// roomOf returns the last rule that names the package.
func roomOf(path string) (room, bool) {
	var last room
	for _, r := range rooms() {
		if within(path, r.folder) {
			last = r
		}
	}
	return last, last.folder != ""
}

// library says in which packages a library, or a part of the standard one, may be imported by product code.
type library struct {
	prefix string
	only   []string
	reason string
}

func libraries() []library {
	helpers := []string{"deploy/bench", "internal/testenv", "internal/browsertest", "internal/faulttest"}
	edge := []string{"cmd", "pkg", "deploy/bench", "deploy/examples", "internal/server", "internal/demo", "internal/web", "internal/adminapi", "internal/oidcop",
		"internal/backchannel", "internal/outbound", "internal/clientkeys", "internal/browser", "internal/notify", "internal/telemetry", "internal/timesheets", "internal/conform", "internal/conformance", "internal/testenv", "internal/testworld", "internal/browsertest", "internal/faulttest"}
	return []library{
		{"gorm.io/", []string{"internal/store/sqlstore"}, "one package speaks to SQL, so that another store could"},
		{"modernc.org/sqlite", []string{"internal/store/sqlstore"}, "one package speaks to SQL"},
		{"github.com/pressly/goose", []string{"internal/store/sqlstore"}, "migrations belong to the store they migrate"},
		{"database/sql", []string{"internal/store/sqlstore", "internal/outbox", "internal/server", "internal/store/storetest"}, "SQL stays in the store and in the outbox that shares its transactions; tests are given what no node may do"},
		{"github.com/jackc/pgx", append([]string{"internal/store/sqlstore"}, helpers...), "one package speaks to SQL"},
		{"github.com/redis/go-redis", append([]string{"internal/store/redisstore", "pkg/rp/redisstore"}, helpers...), "one package speaks to Redis, so that what is single-use is so in one place"},
		{"github.com/go-redis/", []string{"internal/store/redisstore"}, "one package speaks to Redis"},
		{"github.com/alicebob/miniredis", []string{"internal/store/redisstore"}, "the embedded Redis stands behind the same store"},
		{"github.com/zitadel/oidc", []string{"internal/oidcop"}, "the protocol library can be replaced in one place, and its habits stay there"},
		{"github.com/riverqueue/river", []string{"internal/outbox", "internal/store/sqlstore"}, "outgoing work has one queue; the store only runs its migrations"},
		{"github.com/aws/", []string{"internal/notify", "internal/seal", "internal/faulttest"}, "the cloud provider is known where text messages leave and where keys are wrapped"},
		{"github.com/wneessen/go-mail", []string{"internal/notify"}, "mail leaves in one place"},
		{"github.com/tink-crypto/", []string{"internal/seal"}, "one package encrypts at rest"},
		{"github.com/go-crypt/", []string{"internal/authenticator"}, "one package hashes passwords"},
		{"github.com/trustelem/", []string{"internal/authenticator"}, "one package judges passwords"},
		{"github.com/go-webauthn/", []string{"internal/passkey"}, "one package checks passkeys, so that what the library leaves to us is done in one place"},
		{"github.com/descope/virtualwebauthn", nil, "only tests play a passkey"},
		{"github.com/pquerna/otp", []string{"internal/authenticator", "internal/testworld"}, "one package checks codes; a test's visitor is the person who types them"},
		{"github.com/nyaruka/phonenumbers", []string{"internal/authenticator"}, "one package reads telephone numbers"},
		{"github.com/danielgtaylor/huma", []string{"internal/adminapi"}, "the management API's framework stays there"},
		{"github.com/alecthomas/kong", []string{"internal/config", "cmd", "deploy/bench/profiled"}, "flags and files are read at the top"},
		{"github.com/coreos/go-oidc", []string{"pkg/rp", "deploy/examples/api-go"}, "the library of relying parties and APIs: in tests it is the independent judge of ours"},
		{"github.com/Shopify/toxiproxy", []string{"internal/faulttest"}, "only tests disturb connections"},
		{"github.com/chromedp/", []string{"internal/browsertest"}, "only browser tests drive a browser"},
		{"html/template", []string{"internal/web", "internal/notify", "internal/timesheets", "internal/demo", "templates"}, "pages are rendered in one place"},
		{"net/http", edge, "the centre does not know how it is reached"},
		{"testing", []string{"internal/testenv", "internal/testworld", "internal/browsertest", "internal/faulttest", "internal/store/storetest", "pkg/rp/rptest"}, "product code does not know that it is tested"},
		{"math/rand", []string{"internal/keyring", "internal/store/sqlstore"}, "what is random must not be guessable: crypto/rand; these two only spread their retries"},
		{"golang.org/x/net/idna", []string{"internal/mailbox"}, "one package reads user names and their domains"},
		{"C", nil, "the binary needs no cgo"},
		{"unsafe", nil, "nothing here is worth it"},
	}
}

func TestLibrariesStayWhereTheyBelong(t *testing.T) {
	for _, p := range packages(t) {
		for _, path := range p.imports {
			if l, bad := misplaced(p.path, path); bad {
				t.Errorf("%s may not import %s: %s", p.path, path, l.reason)
			}
		}
	}
}

// misplaced returns the rule that forbids the package this import.
func misplaced(in, path string) (library, bool) {
	for _, l := range libraries() {
		if matches(path, l.prefix) && !withinAny(in, l.only) {
			return l, true
		}
	}
	return library{}, false
}

func matches(path, prefix string) bool {
	if strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(path, prefix)
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// The domain types and the decisions are small enough to need nothing, and too important to take anything on. The tables of Unicode are
// an exception: names are folded in one place for every way in, and the standard library has none of them.
func TestGroundAndPolicyNeedOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if p.path != "internal/idp" && p.path != "internal/policy" {
			continue
		}
		for _, path := range p.imports {
			unicode := p.path == "internal/idp" && strings.HasPrefix(path, "golang.org/x/text/")
			if strings.Contains(strings.SplitN(path, "/", 2)[0], ".") && !strings.HasPrefix(path, module) && !unicode {
				t.Errorf("%s imports %s: it may use only the standard library", p.path, path)
			}
		}
	}
}

func TestProductNeverImportsTestHelpers(t *testing.T) {
	for _, p := range packages(t) {
		if withinAny(p.path, testHelpers()) {
			continue
		}
		for _, path := range p.imports {
			if withinAny(strings.TrimPrefix(path, module), testHelpers()) {
				t.Errorf("%s imports %s, which is for tests", p.path, path)
			}
		}
	}
}

func testHelpers() []string {
	return []string{"deploy/bench", "internal/testenv", "internal/testworld", "internal/browsertest", "internal/conformance", "internal/faulttest", "internal/store/storetest", "internal/archtest", "pkg/rp/rptest"}
}

// A rule that can't find anything protects nothing: each kind is shown one offence.
func TestTheImportRulesBite(t *testing.T) {
	offences := []struct{ in, path string }{
		{"internal/signin", module + "internal/store/sqlstore"},
		{"internal/idp", module + "internal/policy"},
		{"internal/web/signin", module + "internal/store/redisstore"},
		{"internal/store/redisstore", module + "internal/store/sqlstore"},
		{"internal/newcomer", module + "internal/idp"},
		{"pkg/rp", module + "internal/idp"},
		{"templates", module + "internal/idp"},
	}
	for _, o := range offences {
		r, _ := roomOf(o.in)
		if len(forbidden(r, []string{o.path})) != 1 {
			t.Errorf("%s importing %s passes", o.in, o.path)
		}
	}
	for _, o := range []struct{ in, path string }{
		{"internal/signin", "net/http"},
		{"internal/signin", "net/http/httptest"},
		{"internal/web", "gorm.io/gorm"},
		{"internal/oidcop", "github.com/redis/go-redis/v9"},
		{"cmd/apsid", "math/rand/v2"},
	} {
		if _, bad := misplaced(o.in, o.path); !bad {
			t.Errorf("%s importing %s passes", o.in, o.path)
		}
	}
}
