// Package testworld gives tests the whole program with the demo's people, and visitors to it: browsers without a screen.
//
// It owns how a test gets such a program: World runs one with a clock that can be moved, over stores that hold the demo's
// practices, people and apps already. They are made once in a process and copied for each test, because making them takes
// longer than most tests. Visitor keeps cookies, follows redirects one by one and sends forms as a browser does.
//
// It never decides what is right: tests do. Product code never imports it.
package testworld
