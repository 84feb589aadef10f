// Command goapp is the app of the guide for app developers that is written in Go.
package main
