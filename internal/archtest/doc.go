// Package archtest holds the rules of this source tree that a machine can check, each with its reason: which package may import
// which, where a library may be used, what a file may hold. It is tests only and nothing imports it.
//
// A rule that stands in the way of something good is changed here, in the open, together with its reason; it is never
// worked around.
package archtest
