package sqlstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testEvent(t *testing.T, w *world) {
	full, bare := w.event(w.mine.ID, w.now, idp.EventSigninSucceeded), idp.AuditEvent{ID: idp.NewEventID(w.now), At: w.now}
	must(t, w.AppendEvent(t.Context(), full))
	must(t, w.AppendEvent(t.Context(), bare))
	must(t, w.AppendEvent(t.Context(), full)) // a step that is repeated tells it once
	got, next, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	same(t, got, []idp.AuditEvent{full})
	same(t, next, "")
	got, _, err = w.SearchEvents(t.Context(), "", directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	same(t, got, []idp.AuditEvent{bare})
}

func testEventFilter(t *testing.T, w *world) {
	base := w.event(w.mine.ID, w.now, idp.EventSigninSucceeded)
	base.SID = "ses_y"
	user := w.event(w.mine.ID, w.now.Add(time.Second), idp.EventSigninSucceeded)
	user.UserID = "usr_y"
	client := w.event(w.mine.ID, w.now.Add(2*time.Second), idp.EventSigninSucceeded)
	client.ClientID, client.Result = "contacts", idp.ResultFailure
	kind := w.event(w.mine.ID, w.now.Add(3*time.Second), idp.EventMFAReset)
	for _, e := range []idp.AuditEvent{kind, base, client, user, w.event(w.other.ID, w.now, idp.EventMFAReset)} {
		must(t, w.AppendEvent(t.Context(), e))
	}
	none := []idp.AuditEvent{}
	for name, c := range map[string]struct {
		filter directory.EventQuery
		want   []idp.AuditEvent
	}{
		"none":   {directory.EventQuery{}, []idp.AuditEvent{kind, client, user, base}},
		"user":   {directory.EventQuery{UserID: "usr_y"}, []idp.AuditEvent{user}},
		"client": {directory.EventQuery{ClientID: "contacts"}, []idp.AuditEvent{client}},
		"type":   {directory.EventQuery{Type: idp.EventMFAReset}, []idp.AuditEvent{kind}},
		"types":  {directory.EventQuery{Type: "signin."}, []idp.AuditEvent{client, user, base}},
		"begins": {directory.EventQuery{Type: "signin"}, none}, // whole
		"dot":    {directory.EventQuery{Type: "."}, none},
		"sid":    {directory.EventQuery{SID: "ses_y"}, []idp.AuditEvent{base}},
		"result": {directory.EventQuery{Result: idp.ResultFailure}, []idp.AuditEvent{client}},
		"all": {
			directory.EventQuery{UserID: w.ada.ID, ClientID: "contacts", SID: "ses_x", Type: "signin.", Result: idp.ResultFailure, From: w.now, Until: w.now.Add(time.Hour)},
			[]idp.AuditEvent{client},
		},
		"past":   {directory.EventQuery{Until: w.now}, none},
		"future": {directory.EventQuery{From: w.now.Add(100 * 24 * time.Hour)}, none},
		"ever":   {directory.EventQuery{From: time.Unix(-1e9, 0), Until: w.now.Add(1e6 * time.Hour)}, []idp.AuditEvent{kind, client, user, base}},
		"time": {
			directory.EventQuery{From: w.now.Add(time.Second), Until: w.now.Add(3 * time.Second)},
			[]idp.AuditEvent{client, user},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := w.SearchEvents(t.Context(), w.mine.ID, c.filter, sqlstore.Page{})
			must(t, err)
			same(t, got, c.want)
		})
	}
}

// ABUSE 38: no input can keep an event from being written.
func testEventContent(t *testing.T, w *world) {
	e := w.event(w.mine.ID, w.now, idp.EventPasswordRejected)
	e.UserAgent = "a\x00b\xff\u2028\r\n\x1b[31m'; DROP TABLE events; --" + strings.Repeat("x", 1<<20)
	e.Reason, e.Address, e.Details = "\x00", "\xc3(", map[string]string{"\x00k": "v\xff"}
	must(t, w.AppendEvent(t.Context(), e))
	got, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	e.UserAgent = "a\uFFFDb\uFFFD\u2028\r\n\x1b[31m'; DROP TABLE events; --" + strings.Repeat("x", 1<<20)
	e.Reason, e.Address, e.Details = "\uFFFD", "\uFFFD(", map[string]string{"\x00k": "v\uFFFD"}
	same(t, got, []idp.AuditEvent{e})
}

// Either the change and its event and its message, or none of them.
func testRollback(t *testing.T, w *world) {
	before := map[string]int{}
	for _, table := range tables() {
		before[table] = w.count(t, table)
	}
	s := w.session(w.ada, w.app)
	failure := idp.Busy(time.Second)
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, err := range []error{
			tx.CreatePractice(ctx, w.practice("new")), tx.CreateUser(ctx, w.user(w.mine, "new@harbour.example")),
			tx.CreateClient(ctx, w.client("new")), tx.CreateAuthenticator(ctx, w.totp(w.ada)), tx.SavePIN(ctx, w.pin(w.ada, "x")),
			tx.StartSession(ctx, s), tx.CreateRefreshToken(ctx, w.refresh(s)), tx.CreateKey(ctx, w.key("ES256", w.now)),
			tx.UpdateGuard(ctx, "x", idp.ProofPIN, func(g idp.Guard) idp.Guard { return g }),
			tx.AppendEvent(ctx, w.event(w.mine.ID, w.now, idp.EventMFAReset)), tx.EnqueueNotice(ctx, idp.Notice{Email: "x"}),
			tx.EnqueueNotice(ctx, w.warning()),
		} {
			if err != nil {
				return err
			}
		}
		return failure
	})
	wants(t, err, idp.ErrBusy)
	for _, table := range tables() {
		if n := w.count(t, table); n != before[table] {
			t.Errorf("%s has %d rows, had %d", table, n, before[table])
		}
	}
}

func testPanic(t *testing.T, w *world) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			must(t, tx.CreateClient(ctx, w.client("new")))
			panic("half-way")
		})
	}()
	_, err := w.FindClient(t.Context(), "new")
	wants(t, err, idp.ErrNotFound)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, w.client("next")) }) // the connection is free
}

func testNotice(t *testing.T, w *world) {
	w.told.takeQueued()
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		must(t, tx.EnqueueNotice(ctx, w.warning()))
		return idp.ErrBusy
	}), idp.ErrBusy)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, w.client("next")) })
	if calls := w.told.takeQueued(); calls != 0 {
		t.Errorf("told %d times of work that was not queued", calls)
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.EnqueueNotice(ctx, w.warning())
	})
	if calls := w.told.takeQueued(); calls != 1 {
		t.Errorf("told %d times of work that was queued", calls)
	}
	if n := w.count(t, "river_job"); n != 1 {
		t.Errorf("%d jobs, want 1", n)
	}
}

func (w *world) warning() idp.Notice {
	return idp.Notice{Kind: idp.NoticeMFASetUp, UserID: w.ada.ID, Email: "ada@harbour.example", At: w.now}
}

// A warning by e-mail brings a link that freezes the account, whatever command it comes from. Nothing else does.
func testNotMe(t *testing.T, w *world) {
	byText, ownToken, news, nobody := w.warning(), w.warning(), w.warning(), w.warning()
	byText.Email, byText.Phone = "", idp.NewSecret("+61491570156")
	ownToken.NotMe = idp.NewSecret("made before")
	news.Kind = idp.NoticeInvite
	nobody.UserID = "usr_nobody"
	for name, c := range map[string]struct {
		notice idp.Notice
		links  int
		err    error
	}{
		"a warning":             {w.warning(), 1, nil},
		"a warning by text":     {byText, 0, nil},
		"one that has its own":  {ownToken, 0, nil},
		"what warns of nothing": {news, 0, nil},
		"to nobody":             {nobody, 0, idp.ErrNotFound},
	} {
		links, jobs := w.count(t, "links"), w.count(t, "river_job")
		err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.EnqueueNotice(ctx, c.notice) })
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		queued := 1
		if c.err != nil {
			queued = 0
		}
		if more := w.count(t, "links") - links; more != c.links || w.count(t, "river_job")-jobs != queued {
			t.Errorf("%s made %d links", name, more)
		}
	}
	var purpose, practice, user string
	must(t, w.DB().QueryRowContext(t.Context(), "SELECT purpose, practice_id, user_id FROM links").
		Scan(&purpose, &practice, &user))
	if purpose != string(idp.LinkNotMe) || practice != string(w.mine.ID) || user != string(w.ada.ID) {
		t.Errorf("the link is %s of %s in %s", purpose, user, practice)
	}
}
