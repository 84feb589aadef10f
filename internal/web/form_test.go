package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func posted(body string) (*httptest.ResponseRecorder, *http.Request) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return httptest.NewRecorder(), r
}

func TestFormHasLinesTextsAndLists(t *testing.T) {
	form := Form{Lines: []string{"name"}, Texts: []string{"reason"}, Lists: []string{"apps"}}
	w, r := posted(url.Values{"name": {"Ana\tHall"}, "reason": {"one\r\ntwo\nthree"}, "apps": {"a", "b"}}.Encode())
	values, err := form.Read(w, r)
	if err != nil {
		t.Fatal(err)
	}
	if values.Get("reason") != "one\ntwo\nthree" || values.Get("name") != "Ana\tHall" || !slices.Equal(values["apps"], []string{"a", "b"}) {
		t.Errorf("%q", values)
	}
}

func TestFormsThatNoPageSends(t *testing.T) { // ABUSE 34, 38
	form := Form{Lines: []string{"name"}, Texts: []string{"reason"}, Lists: []string{"apps"}}
	for body, status := range map[string]int{
		"name=a%0Ab":                             http.StatusBadRequest,
		"name=a%0D%0Ab":                          http.StatusBadRequest,
		"name=a&name=b":                          http.StatusBadRequest,
		"reason=a&reason=b":                      http.StatusBadRequest,
		"reason=a%0Db":                           http.StatusBadRequest, // a carriage return alone
		"reason=a%00b":                           http.StatusBadRequest,
		"reason=a%1B%5B31mb":                     http.StatusBadRequest,
		"reason=a%E2%80%A8b":                     http.StatusBadRequest, // U+2028
		"reason=%FF":                             http.StatusBadRequest,
		"apps=a%0Ab":                             http.StatusBadRequest,
		"name=%zz":                               http.StatusBadRequest,
		"role=aps_staff":                         http.StatusUnprocessableEntity,
		"reason=" + strings.Repeat("a", maxForm): http.StatusRequestEntityTooLarge,
		strings.Repeat("apps=a&", maxFields+maxChosen): http.StatusBadRequest,
	} {
		w, r := posted(body)
		_, err := form.Read(w, r)
		var refused *FormError
		if !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("%.40s: %v, want %d", body, err, status)
		}
	}
	w, r := posted("name=a")
	r.Header.Set("Content-Type", "text/plain")
	if _, err := form.Read(w, r); err == nil {
		t.Error("a form sent as text")
	}
}
