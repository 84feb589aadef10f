package auditlog_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

func events(failing error) iter.Seq2[idp.AuditEvent, error] {
	return func(yield func(idp.AuditEvent, error) bool) {
		one := idp.AuditEvent{
			ID: "evt_1", At: start(), Type: idp.EventSigninSucceeded, Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_mia"}, PracticeID: "prc_x",
			UserID: "usr_mia", ClientID: "timesheets", SID: "ses_1", Result: idp.ResultSuccess, Reason: "role", Address: "203.0.113.7",
			UserAgent: "=HYPERLINK(\"http://evil.example\")", Details: map[string]string{"amr": "pwd otp mfa"},
		}
		if !yield(one, nil) {
			return
		}
		if failing != nil {
			yield(idp.AuditEvent{}, failing)
		}
	}
}

func names(id string) string {
	if id == "usr_mia" {
		return "@Mia,\r\n\"Chen\""
	}
	return ""
}

func TestCSVIsNoFormula(t *testing.T) { // ABUSE 38
	var out strings.Builder
	must(t, auditlog.WriteCSV(&out, events(nil), names, idp.Place{}))
	text, marked := strings.CutPrefix(out.String(), "\ufeff") // a spreadsheet reads macrons by it
	if !marked {
		t.Errorf("begins with %q", text[:9])
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	if len(rows) != 2 {
		t.Fatalf("%q", rows)
	}
	of := func(column string) string { return rows[1][slices.Index(rows[0], column)] }
	for column, want := range map[string]string{
		"time": "2026-03-01T09:00:00Z", "action": "signin.succeeded", "result": "success", "factors": "pwd otp mfa", "app": "timesheets",
		"session": "ses_1", "address": "203.0.113.7", "device": "'=HYPERLINK(\"http://evil.example\")", "actor_kind": "user",
	} {
		if got := of(column); got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
	if !strings.HasPrefix(of("user_name"), "'@Mia") {
		t.Errorf("name %q", of("user_name"))
	}
}

// A person reads a sheet by their own clock; a program reads UTC.
func TestTheSheetHasTheClockOfItsReader(t *testing.T) {
	for place, want := range map[idp.Place]string{
		{Zone: "Australia/Sydney", Region: idp.RegionAU}: "\ufefftime (Australia/Sydney),event_id,|2026-03-01T20:00:00+11:00,evt_1,",
		{}: "\ufefftime,event_id,|2026-03-01T09:00:00Z,evt_1,",
	} {
		var out strings.Builder
		must(t, auditlog.WriteCSV(&out, events(nil), names, place))
		head, row, _ := strings.Cut(want, "|")
		if !strings.HasPrefix(out.String(), head) || !strings.Contains(out.String(), "\n"+row) {
			t.Errorf("%+v: %s", place, out.String())
		}
	}
}

func TestJSONLinesAreOneObjectEach(t *testing.T) {
	var out strings.Builder
	must(t, auditlog.WriteJSONLines(&out, events(nil), names))
	var line auditlog.Line
	must(t, json.Unmarshal([]byte(out.String()), &line))
	if strings.Count(out.String(), "\n") != 1 || line.Factors != "pwd otp mfa" || line.Details["amr"] == "" {
		t.Errorf("%s", out.String())
	}
}

func TestAnExportThatFailsSaysSo(t *testing.T) {
	failure := errors.New("the database is down")
	var out strings.Builder
	if err := auditlog.WriteCSV(&out, events(failure), names, idp.Place{}); !errors.Is(err, failure) {
		t.Error(err)
	}
	if err := auditlog.WriteJSONLines(&out, events(failure), names); !errors.Is(err, failure) {
		t.Error(err)
	}
}
