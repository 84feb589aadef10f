// Package trail is the activity pages of the signed-in surfaces: the filter in the address and its form, the rows, in which a sign-in
// is one that opens into its steps, where in the list the page is, and the download of what is shown.
//
// It decides nothing: package directory says who may see whose activity, and the surface says which practice a page is about, and
// where it lives. Every text of an event is untrusted; the templates escape it.
package trail
