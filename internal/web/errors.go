package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

// What pages say when there is nothing better to say.
const (
	titleInternal = "Something went wrong"
	textInternal  = "This is a fault on our side. Please try again in a few minutes. If you were changing something, check first whether it was done."
	titleBusy     = "We are very busy right now"
	textBusy      = "Please wait a few seconds and try again."
	titleDown     = "We can’t sign people in right now"
	textDown      = "A part of our service does not answer. Please try again in a few minutes."
	titleBad      = "We can’t use that request"
	titleMissing  = "Page not found"
	textMissing   = "There is no page at this address. Go back to the app you were using and start from there."
)

// Link is a way on from a page.
type Link struct{ URL, Label string }

// Error writes a page that says what went wrong.
func (p *Pages) Error(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	p.ErrorWithLink(w, r, status, title, message, nil)
}

// ErrorWithLink is Error with a way on; nil for none.
func (p *Pages) ErrorWithLink(w http.ResponseWriter, r *http.Request, status int, title, message string, link *Link) {
	p.Render(w, r, status, "error", p.errorFrame(r, status, title, message, link))
}

// Refused writes the page about a request of an app that its makers have to mend: detail is for them.
func (p *Pages) Refused(w http.ResponseWriter, r *http.Request, title, message, detail string) {
	body := errorBody{Message: message, Link: wayOn(""), Detail: detail, Reference: RequestID(r.Context())}
	p.Render(w, r, http.StatusBadRequest, "error", Frame{Step: "error", Title: title, Body: body})
}

// Reference names the request, as its line in the log does.
func (p *Pages) Reference(r *http.Request) string { return RequestID(r.Context()) }

// errorBody is the data of the page about an error.
type errorBody struct {
	Message   string
	Link      *Link
	Detail    string // for the makers of the app; "" if there is nothing for them
	Reference string // the name of the request; "" where nobody needs it
}

func (p *Pages) errorFrame(r *http.Request, status int, title, message string, link *Link) Frame {
	if link == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests { // the visitor has to wait first
		link = wayOn(r.URL.Path)
	}
	body := errorBody{Message: message, Link: link}
	if status >= http.StatusInternalServerError {
		body.Reference = RequestID(r.Context())
	}
	return Frame{Step: "error", Title: title, Body: body}
}

// wayOn is where a visitor can go on from an address that leads nowhere, or that they may not use: the first page of the app that it
// belongs to, or else their account, which every person has.
func wayOn(path string) *Link {
	app, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	way := map[string]*Link{
		"manage":  {URL: "/manage", Label: "Go to User Management+"},
		"support": {URL: "/support", Label: "Go to the support desk"},
	}[app]
	if way == nil || strings.Trim(path, "/") == app { // the first page itself
		return &Link{URL: "/account", Label: "Go to your account"}
	}
	return way
}

// Fail answers with the page that fits err: the one place where errors become statuses on HTML surfaces. An error that is
// not the visitor's own is logged; its cause is never shown.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var form *FormError
	if errors.As(err, &form) {
		p.Error(w, r, form.Status, titleBad, form.Public)
		return
	}
	if errors.Is(err, browser.ErrTwoCookies) {
		p.Error(w, r, http.StatusBadRequest, titleBad, "Your browser sent the same cookie twice. Close the browser, open it again and start from the app you were using.")
		return
	}
	switch idp.CodeOf(err) {
	case idp.CodeInvalid:
		p.Error(w, r, http.StatusBadRequest, titleBad, publicText(err, "Go back to the app you were using and start from there."))
	case idp.CodeNotFound:
		p.Error(w, r, http.StatusNotFound, titleMissing, textMissing)
	case idp.CodeForbidden:
		p.Error(w, r, http.StatusForbidden, "You can’t do that", publicText(err, "You don’t have the right to do this."))
	case idp.CodeConflict:
		p.Error(w, r, http.StatusConflict, "That didn’t work", publicText(err, "Somebody changed this at the same time. Go back and try again."))
	case idp.CodeUsed:
		p.Error(w, r, http.StatusConflict, "This was used already", "It works only once. Go back and try again.")
	case idp.CodeBusy:
		p.unavailable(w, r, err, titleBusy, textBusy)
	case idp.CodeUnavailable:
		p.logFailure(r, err)
		p.unavailable(w, r, err, titleDown, textDown)
	default:
		p.logFailure(r, err)
		p.Error(w, r, http.StatusInternalServerError, titleInternal, textInternal)
	}
}

// Unavailable writes the page about a store that does not answer, with a link to again; none if that is "". The caller says when
// (Retry-After).
func (p *Pages) Unavailable(w http.ResponseWriter, r *http.Request, again string) {
	p.ErrorWithLink(w, r, http.StatusServiceUnavailable, titleDown, textDown, tryAgain(again))
}

func tryAgain(url string) *Link {
	if url == "" {
		return nil
	}
	return &Link{URL: url, Label: "Try again"}
}

// unavailable is 503 with the seconds to wait (RFC 9110, section 10.2.3) and a link to the page asked for.
func (p *Pages) unavailable(w http.ResponseWriter, r *http.Request, err error, title, text string) {
	again := r.URL.EscapedPath()
	if r.Method == http.MethodGet && r.URL.RawQuery != "" { // a filter, or a page of a list
		again += "?" + r.URL.RawQuery
	}
	w.Header().Set("Retry-After", strconv.Itoa(retrySeconds(err)))
	p.ErrorWithLink(w, r, http.StatusServiceUnavailable, title, text, tryAgain(again))
}

func retrySeconds(err error) int {
	const least = 2
	var e *idp.Error
	if !errors.As(err, &e) {
		return least
	}
	return max(least, int((e.RetryAfter+time.Second-1)/time.Second))
}

func (p *Pages) logFailure(r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the browser went away, and so did what was being done for it
	}
	p.log.ErrorContext(r.Context(), "request failed", "request_id", RequestID(r.Context()), "error", err)
}

func publicText(err error, otherwise string) string {
	var e *idp.Error
	if errors.As(err, &e) && e.Public != "" {
		return e.Public
	}
	return otherwise
}

// NotFound is the page for addresses that lead nowhere.
func (p *Pages) NotFound() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Error(w, r, http.StatusNotFound, titleMissing, textMissing)
	})
}

// MethodNotAllowed is the page for a method that an address does not take; allow lists those it does (RFC 9110, section
// 15.5.6).
func (p *Pages) MethodNotAllowed(allow string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		p.Error(w, r, http.StatusMethodNotAllowed, titleBad, "This address can’t be used that way. Go back to the app you were using and start from there.")
	})
}
