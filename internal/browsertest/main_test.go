package browsertest_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many tests, and scenarios about sessions, run at once: a browser is waited for more than it computes, and those in
// real time wait for minutes to pass. More of them would be in one another's way on two processors.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}
