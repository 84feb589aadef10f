// Package examples holds complete apps that adopt APS ID, as the guide for app developers shows them, and the tests that run
// them. It is tests only and nothing imports it.
package examples
