package policy_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestWarningsByMailCarryTheLink(t *testing.T) {
	for name, c := range map[string]struct {
		notice idp.Notice
		want   bool
	}{
		"a warning":                 {idp.Notice{Kind: idp.NoticeMFAReset, Email: "tom@example.com"}, true},
		"a changed user name":       {idp.Notice{Kind: idp.NoticeUsername, Email: "tom@example.com"}, true}, // ABUSE 49
		"the new address":           {idp.Notice{Kind: idp.NoticeConfirm, Email: "tom@new.example"}, false},
		"a warning by text":         {idp.Notice{Kind: idp.NoticeMFAReset, Phone: idp.NewSecret("+61491570156")}, false},
		"one that has a link":       {idp.Notice{Kind: idp.NoticeMFAReset, Email: "tom@example.com", NotMe: idp.NewSecret("x")}, false},
		"what the reader asked for": {idp.Notice{Kind: idp.NoticePasswordReset, Email: "tom@example.com"}, false},
		"news of somebody else":     {idp.Notice{Kind: idp.NoticeFrozen, Email: "olivia@example.com"}, false},
	} {
		if got := policy.NeedsNotMe(c.notice); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheLinkLastsFourteenDays(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	link := policy.NotMeLink(idp.Notice{UserID: "usr_tom", At: at}, "hash", "prc_x")
	want := idp.Link{
		Hash: "hash", Purpose: idp.LinkNotMe, PracticeID: "prc_x", UserID: "usr_tom", CreatedBy: idp.Actor{Kind: idp.ActorSystem},
		CreatedAt: at, ExpiresAt: at.Add(14 * 24 * time.Hour),
	}
	if link != want {
		t.Errorf("%+v", link)
	}
}
