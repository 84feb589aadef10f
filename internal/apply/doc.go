// Package apply makes practices, apps, integrations and people as files describe them: it compares what the files want with what
// is stored, prints the difference, and gives the commands of [directory.Service] that remove it, so that the same policy, checks
// and audit trail hold as everywhere else. Applied again, the same files change nothing.
//
// Files are YAML, of which JSON is a part. They are strict: an unknown key, a value of the wrong kind and two
// objects of one name are mistakes with file and line, and while there is one nothing is changed. What a file does not say of
// something stays as it is. An object changes as a whole or not at all; objects change one after the other.
// Files can't set some things: passwords, authenticators, whether a practice has MFA and from when it is mandatory, and the
// provider's own apps. A client secret in a file counts at registration only, so that an old file does not undo a rotation.
// Nothing is ever deleted: what files no longer have is disabled, and only where that is asked for.
package apply
