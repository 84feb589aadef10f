package browsertest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Open goes to an address and waits for the page that it ends at.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.navigate("open "+url, chromedp.Navigate(url))
}

// Reload asks for the page again.
func (b *Browser) Reload() {
	b.t.Helper()
	b.navigate("reload", chromedp.Reload())
}

// Back is the browser's button.
func (b *Browser) Back() {
	b.t.Helper()
	b.navigate("back", chromedp.NavigateBack())
}

// Press clicks the one visible button or link with these words and waits for the page that follows.
func (b *Browser) Press(words string) {
	b.t.Helper()
	b.mark(words)
	b.navigate("press "+words, chromedp.Click(chromedp.CSS("[data-browsertest]")))
}

// PressAt clicks what a CSS selector finds, where words don't tell it apart, and waits for the page that follows.
func (b *Browser) PressAt(selector string) {
	b.t.Helper()
	b.navigate("press "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Act presses the button of another action than the main one, by its value ("back", "resend", "lost-device").
func (b *Browser) Act(action string) {
	b.t.Helper()
	selector := fmt.Sprintf("button[name=action][value=%q]", action)
	if n := b.Count(selector); n != 1 {
		b.fail("%d buttons for %s", n, action)
	}
	b.navigate("act "+action, chromedp.Click(chromedp.CSS(selector)))
}

// Enter presses the Enter key in the field with this name, as people do instead of clicking.
func (b *Browser) Enter(field string) {
	b.t.Helper()
	b.navigate("Enter in "+field, chromedp.SendKeys(named(field), "\r"))
}

// mark finds what Press is to click: by words, as a person does, so two of them or none is an error.
func (b *Browser) mark(words string) {
	b.t.Helper()
	found := evaluate[int](b, `(() => {
		const visible = e => e.getClientRects().length > 0;
		const text = e => (e.innerText || e.value || "").replace(/\s+/g, " ").trim();
		for (const e of document.querySelectorAll("[data-browsertest]")) e.removeAttribute("data-browsertest");
		const all = [...document.querySelectorAll("button, input[type=submit], a[href]")]
			.filter(e => visible(e) && text(e) === `+quote(words)+`);
		if (all.length === 1) all[0].setAttribute("data-browsertest", "");
		return all.length;
	})()`)
	if found != 1 {
		b.fail("%d things to press say %q", found, words)
	}
}

// Fill replaces what stands in the field with this name; a select is set to the option with this value.
func (b *Browser) Fill(field, value string) {
	b.t.Helper()
	kind := evaluate[string](b, `(() => {
		const e = document.querySelector(`+quote(string(named(field)))+`);
		if (!e) return "missing";
		if (e.disabled || e.readOnly) return "locked";
		e.focus();
		if (e.tagName === "SELECT") return "select";
		e.select();
		return "text";
	})()`)
	switch kind {
	case "text":
		b.do(call(input.InsertText, input.InsertTextParams{Text: value}))
	case "select":
		b.do(chromedp.SetValue(named(field), value))
	default:
		b.fail("field %s is %s", field, kind)
	}
}

// Choose picks the radio button with this name and value.
func (b *Browser) Choose(field, value string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("[name=%q][value=%q]", field, value))))
}

// navigate runs an action that leads to another page, waits for that page and keeps its status.
func (b *Browser) navigate(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, action)
	if err != nil {
		b.fail("%s: %v", what, err)
	}
	if response == nil {
		b.fail("%s: no page came of it", what)
	}
	b.status = response.Status
}

// Status is the HTTP status of the page.
func (b *Browser) Status() int64 { return b.status }

// Step is the sign-in step of the page, "" on any other page.
func (b *Browser) Step() string {
	b.t.Helper()
	return evaluate[string](b, `document.querySelector("main[data-step]")?.dataset.step ?? ""`)
}

// URL is the address of the page.
func (b *Browser) URL() string {
	b.t.Helper()
	return evaluate[string](b, `location.href`)
}

// Title is the title of the page.
func (b *Browser) Title() string {
	b.t.Helper()
	return evaluate[string](b, `document.title`)
}

// Alert is the text of the page's alert, "" if it has none.
func (b *Browser) Alert() string {
	b.t.Helper()
	return strings.TrimSpace(evaluate[string](b, `document.querySelector("[role=alert]")?.innerText ?? ""`))
}

// Text is the text of the page as it stands on the screen.
func (b *Browser) Text() string {
	b.t.Helper()
	return evaluate[string](b, `document.body.innerText`)
}

// Grow makes the element with this identifier taller, as a page does that changes after it was painted, and waits for the next frame.
func (b *Browser) Grow(id string) {
	b.t.Helper()
	evaluate[chromedp.Void](b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
		document.getElementById(`+quote(id)+`).style.height = "300px";
		requestAnimationFrame(() => requestAnimationFrame(() => done()));
	})))`)
}

// Value is the value of the first element that matches a CSS selector, or its text if it is no field; "" if there is none.
func (b *Browser) Value(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(evaluate[string](b, `(() => {
		const e = document.querySelector(`+quote(selector)+`);
		return e ? (e.value ?? e.textContent) : "";
	})()`))
}

// Count is how many elements match a CSS selector.
func (b *Browser) Count(selector string) int {
	b.t.Helper()
	return evaluate[int](b, `document.querySelectorAll(`+quote(selector)+`).length`)
}

// Invalid lists the names of the fields that are marked as wrong and described by a message that is there.
func (b *Browser) Invalid() []string {
	b.t.Helper()
	return evaluate[[]string](b, `[...document.querySelectorAll("[aria-invalid=true]")]
		.filter(e => (e.getAttribute("aria-describedby") ?? "").split(/\s+/)
			.some(id => document.getElementById(id)?.textContent.trim()))
		.map(e => e.name)`)
}

// TOTPKey is the key that the page shows, without its spaces.
func (b *Browser) TOTPKey() string {
	b.t.Helper()
	key := strings.Join(strings.Fields(evaluate[string](b, `document.querySelector("#totp-key")?.textContent ?? ""`)), "")
	if key == "" {
		b.fail("no key on the page")
	}
	return key
}

// QRCode is the image of the page's QR code.
func (b *Browser) QRCode() []byte {
	b.t.Helper()
	source := evaluate[string](b, `document.querySelector("img[src^='data:image/png;base64,']")?.src ?? ""`)
	image, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(source, "data:image/png;base64,"))
	if err != nil || len(image) == 0 {
		b.fail("no QR code on the page: %v", err)
	}
	return image
}

// fail ends the test and says where the browser stood.
func (b *Browser) fail(format string, arguments ...any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	where, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " \"" + document.title + "\"\n" + (document.body?.innerText ?? "")`))
	if err != nil {
		where = err.Error()
	}
	b.t.Fatalf("%s\nat %s", fmt.Sprintf(format, arguments...), where)
}

func named(field string) chromedp.CSS { return chromedp.CSS("[name=" + strconv.Quote(field) + "]") }

// quote writes a Go string as a JavaScript one.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(quoted)
}
