package session_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

func TestFlushedRedisEndsNobody(t *testing.T) { // ABUSE 44
	url := testenv.Redis(t)
	h := newHouseOn(t, url)
	visits := make([]*visit, 200)
	for i := range visits {
		visits[i] = h.signIn([]idp.ClientID{"lodgements", "timesheets"}[i%2])
	}
	for range 14 {
		h.pass(time.Minute)
		for _, v := range visits {
			v.active()
		}
	}
	options, err := redis.ParseURL(url)
	must(t, err)
	thief := redis.NewClient(options)
	defer func() { _ = thief.Close() }()
	must(t, thief.FlushDB(t.Context()).Err())

	h.pass(4 * time.Minute) // 18 after the sign-in, 4 after the last activity
	for _, v := range visits {
		v.alive()
		v.active()
	}
	ended, err := h.Sweep(t.Context(), h.now)
	if err != nil || ended != 0 {
		t.Errorf("swept %d, %v", ended, err)
	}
	h.pass(15 * time.Minute)
	for i, v := range visits {
		if i%2 == 0 {
			v.over(idp.EndIdle) // and none lives longer
		} else {
			v.alive()
		}
	}
}

func TestWithoutRedisNoSessionLivesLonger(t *testing.T) { // ABUSE 44
	h := newHouse(t)
	v, free := h.signIn("lodgements"), h.signIn("timesheets")
	h.pass(4 * time.Minute)
	v.active() // SQL is told when it is five minutes behind
	h.loseRedis()
	h.pass(11*time.Minute - 1)
	v.alive()
	h.pass(1)
	wantEnded(t, v.refresh(), idp.EndIdle)
	free.alive()
	h.pass(24 * time.Hour)
	v.over(idp.EndLifetime)
	free.over(idp.EndLifetime)
}

// A person who goes on working is not cut off because Redis is away: SQL takes the reports.
func TestWithoutRedisActivityStillKeeps(t *testing.T) { // ABUSE 44
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(time.Minute)
	v.active()
	h.loseRedis()
	for range 40 {
		h.pass(time.Minute)
		v.active()
		v.alive()
	}
	h.pass(10 * time.Second)
	_, err := v.report(0)
	wantCode(t, err, idp.CodeBusy)
	_, err = h.Report(t.Context(), v.sid, h.apps["returns"], 0, h.now)
	wantCode(t, err, idp.CodeNotFound)
	h.pass(15*time.Minute - 10*time.Second)
	v.over(idp.EndIdle)
}

// A Redis that failed over to an older copy knows of less than SQL: the later time counts.
func TestARedisThatIsBehindCutsNobodyOff(t *testing.T) { // ABUSE 44
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(time.Minute)
	v.active()
	for range 4 {
		h.pass(5 * time.Minute)
		must(t, h.sql.TouchSession(t.Context(), v.sid, h.now))
	}
	v.alive()
	h.pass(time.Minute)
	v.active()
	h.pass(14*time.Minute + 59*time.Second)
	v.alive()
}

// No session is ended for good as idle while Redis, which may know of later activity, does not answer; lifetimes end all the
// same.
func TestWithoutRedisNobodyIsClosedAsIdle(t *testing.T) { // ABUSE 44
	h := newHouse(t)
	old := h.signIn("lodgements")
	h.pass(23 * time.Hour)
	v := h.signIn("lodgements")
	for range 4 {
		h.pass(time.Minute)
		v.active()
	}
	kept := h.redis
	h.openRedis("embedded")
	h.loseRedis()
	h.pass(13 * time.Minute)
	wantEnded(t, v.refresh(), idp.EndIdle) // SQL knows of nothing since the sign-in
	h.pass(45 * time.Minute)               // the lifetime of the other one is over
	ended, err := h.Sweep(t.Context(), h.now)
	wantCode(t, err, idp.CodeUnavailable)
	if ended != 1 {
		t.Errorf("swept %d, want the one whose lifetime is over", ended)
	}
	wantEnded(t, old.refresh(), idp.EndLifetime)
	h.pass(-45 * time.Minute)
	h.redis = kept
	h.Service = h.node()
	v.alive()
}
