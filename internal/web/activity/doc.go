// Package activity words audit events for people: what happened, in a sentence that needs no explanation, why, and with which
// browser. All surfaces that show activity use it, so that one event reads the same everywhere, and a test holds that each type
// of event has its words.
//
// It reads no store and decides nothing: package directory decides who may see which event. Every text of an event is untrusted;
// the surface that shows it has to escape it.
package activity
