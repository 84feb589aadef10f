// Command run starts what the tests run against, runs a command beside it, and stops what it started:
//
//	go run ./internal/testenv/run -- go test ./internal/store/...
//	go run ./internal/testenv/run -need postgres,redis -- go test ./internal/store/...
//
// What the environment already names (see package testenv) is used as it is and not started. Programs that are missing are
// installed from the distribution where that is allowed (root on Debian), and named in one line where it is not. Its exit
// code is the command's.
package main
