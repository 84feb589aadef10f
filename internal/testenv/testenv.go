package testenv

import (
	"os"
	"testing"
	"time"
)

// The environment variables that name what tests run against. The first two may be set by hand, to test against servers
// that run already; what is set is used, what is not is started by the command in folder run.
const (
	DatabaseVariable = "APSID_TEST_DATABASE_URL" // postgres://… of a role that may create databases and roles
	RedisVariable    = "APSID_TEST_REDIS_URL"    // redis://host:port, without a database number
	DurableVariable  = "APSID_TEST_DURABLE_URL"  // the same, of a server that keeps what it committed: for measurements
	MotoVariable     = "APSID_TEST_MOTO_URL"     // http://host:port
	ChromiumVariable = "APSID_TEST_CHROMIUM"     // path of the browser
	AxeVariable      = "APSID_TEST_AXE"          // path of axe.min.js

	PythonVariable           = "APSID_TEST_PYTHON"             // path of a Python with the packages of the example in Python
	NodeModulesVariable      = "APSID_TEST_NODE_MODULES"       // path of the folder with the packages of the example in JavaScript
	StockNodeModulesVariable = "APSID_TEST_STOCK_NODE_MODULES" // path of the folder with those of package stockclients
	BrowserModulesVariable   = "APSID_TEST_BROWSER_MODULES"    // path of the folder with those of the example in a page
	StockPythonVariable      = "APSID_TEST_STOCK_PYTHON"       // path of a Python with the packages of package stockclients
	StockJavaVariable        = "APSID_TEST_STOCK_JAVA"         // path of the jar of package stockclients; "none" where the machine has no JDK
	StockApacheVariable      = "APSID_TEST_STOCK_APACHE"       // path of an Apache that has mod_auth_openidc
)

// patience bounds every wait of this package: a server that does not answer in this time is broken, not slow.
const patience = 30 * time.Second

// Moto returns the endpoint of an independent implementation of Amazon SNS. All tests share it.
func Moto(t testing.TB) string {
	t.Helper()
	return variable(t, MotoVariable)
}

// Chromium returns the path of the browser.
func Chromium(t testing.TB) string {
	t.Helper()
	return variable(t, ChromiumVariable)
}

// Axe returns the source text of axe-core, the accessibility checker, to be evaluated in a page.
func Axe(t testing.TB) string {
	t.Helper()
	path := variable(t, AxeVariable)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return string(source)
}

// Python returns the path of a Python that has the packages of the example in Python.
func Python(t testing.TB) string {
	t.Helper()
	return variable(t, PythonVariable)
}

// NodeModules returns the path of a folder node_modules with the packages of the example in JavaScript.
func NodeModules(t testing.TB) string {
	t.Helper()
	return variable(t, NodeModulesVariable)
}

// StockNodeModules returns the path of a folder node_modules with the packages of the clients of package stockclients.
func StockNodeModules(t testing.TB) string {
	t.Helper()
	return variable(t, StockNodeModulesVariable)
}

// BrowserModules returns the path of a folder node_modules with the packages of the example that runs in a page.
func BrowserModules(t testing.TB) string {
	t.Helper()
	return variable(t, BrowserModulesVariable)
}

// StockPython returns the path of a Python that has the packages of the clients of package stockclients.
func StockPython(t testing.TB) string {
	t.Helper()
	return variable(t, StockPythonVariable)
}

// StockApache returns the path of an Apache whose modules have mod_auth_openidc.
func StockApache(t testing.TB) string {
	t.Helper()
	return variable(t, StockApacheVariable)
}

// StockJava returns the path of the client in Java of package stockclients, as a jar. It skips the test where the machine has no JDK.
func StockJava(t testing.TB) string {
	t.Helper()
	path := variable(t, StockJavaVariable)
	if path == "none" {
		t.Skip("testenv: this machine has no JDK or no Maven")
	}
	return path
}

func variable(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("testenv: %s is not set: use `make test`, or `go run ./internal/testenv/run -- go test ./internal/x/...`", name)
	}
	return value
}
