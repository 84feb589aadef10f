package idp

// MaxUsername is the longest user name, in bytes (RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets). Package mailbox says
// what else a user name must be.
const MaxUsername = 254
