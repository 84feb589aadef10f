// Command gotest runs go test with the arguments it is given, prints what go test prints, and then what took longest:
//
//	go run ./internal/testenv/gotest -race ./...
//
// Its last line counts the tests, and its exit code is that of go test.
package main
