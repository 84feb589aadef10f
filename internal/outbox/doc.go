// Package outbox sends what must go out because something happened: a message to a user about the account (a notice), a message
// to an app about a session that ended (a logout). A message is queued in the SQL transaction of what it tells about, so that
// it is sent if and only if that was committed, and survives a crash; River keeps the queues, on Postgres and on SQLite, and
// runs the workers.
//
// [Queue] queues, in the caller's transaction, and needs no connection of its own. [Workers] hands each message to a
// [Deliverer] or a [LogoutDeliverer], again after a growing pause when that fails, for a day. Delivery is at least once. Logouts
// have a queue and workers of their own, of which one app gets a few: one that is slow or gone keeps no other app waiting.
//
// River's client works only while there is something for it to do: see [Workers.Run]. Without work, a node asks one question a second, and
// is nudged by what it commits itself.
//
// A notice in the queue is sealed as a whole, bound to its own identifier: it holds e-mail addresses, telephone numbers and
// network addresses. A logout holds identifiers only and is not sealed. Errors that River keeps beside a job say only the code,
// never the provider's words, which may quote an address.
//
// It words nothing and knows no provider and no protocol: see packages notify and backchannel.
package outbox
