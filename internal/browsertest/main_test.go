package browsertest_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many scenarios run at once where they may: they wait for minutes to pass, and take no processor meanwhile.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}
