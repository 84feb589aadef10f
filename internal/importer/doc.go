// Package importer brings people of another system in: a file of CSV or JSON Lines, of any length, in batches through
// [directory.People.ImportUsers], which holds the rules and leaves an event for each person.
//
// A line that can't be taken is reported with its number and the reason, and stops no other line; any fault in it (a
// quotation mark that is never closed, 10 MB without an end) costs only that one line. Nothing is kept of the file but
// a fingerprint of each user name, so that a name that stands there twice is told from one that was imported before.
//
// It can be stopped at any moment and run again: people who are there are counted, and left as they are. CSV is that of RFC 4180,
// in UTF-8, with or without byte order mark.
package importer
