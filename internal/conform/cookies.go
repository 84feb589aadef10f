package conform

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const sectionCookies = "Cookies and pages"

func cookieChecks() []check {
	return []check{
		{name: "cookies: flags", section: sectionCookies, run: checkFlags,
			rule: "the session cookie is HttpOnly, SameSite=Lax or Strict, without Domain, and Secure on https"},
		{name: "cookies: new at sign-in", section: sectionCookies, run: checkFixation,
			rule: "the cookie of a session is made at the sign-in: one that was there before opens nothing"},
		{name: "pages: not stored", section: sectionCookies, run: checkStored,
			rule: "pages of people who are signed in are sent with Cache-Control: no-store, or Back shows them after the end"},
	}
}

// checkFlags looks at the cookies without which the page is not shown.
func checkFlags(ctx context.Context, s *suite) verdict {
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	var flaws []string
	needed := 0
	whole := someone.with(someone.jar.clone())
	for name, cookie := range someone.jar.clone().cookies {
		in, err := s.shown(ctx, someone.with(someone.jar.without(name)), reload)
		if err != nil {
			return failed(err)
		}
		if in {
			continue
		}
		if v := s.beside(ctx, whole, fine()); v.state != OK { // it must be for want of that cookie
			return v
		}
		needed++
		flaws = append(flaws, s.flagFlaws(cookie)...)
	}
	if needed == 0 {
		return wrong("the page is shown whichever cookie is taken away: it is not known which one is the session's")
	}
	slices.Sort(flaws)
	return fineIf(strings.Join(flaws, "; "))
}

func (s *suite) flagFlaws(c *http.Cookie) []string {
	var flaws []string
	if !c.HttpOnly {
		flaws = append(flaws, fmt.Sprintf("%s is not HttpOnly", c.Name))
	}
	if c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode {
		flaws = append(flaws, fmt.Sprintf("%s is not SameSite=Lax or Strict", c.Name))
	}
	if c.Domain != "" {
		flaws = append(flaws, fmt.Sprintf("%s goes to every host below %s", c.Name, c.Domain))
	}
	if s.provider.app.Scheme == "https" && !c.Secure {
		flaws = append(flaws, fmt.Sprintf("%s is not Secure", c.Name))
	}
	return flaws
}

func checkFixation(ctx context.Context, s *suite) verdict {
	someone := s.person(s.plan())
	if _, err := someone.look(ctx, s.config.Page, click); err != nil { // so that the app has set the cookies that it sets before a sign-in
		return failed(err)
	}
	page, err := someone.open(ctx, s.config.Page)
	if err != nil {
		return failed(err)
	}
	if page.asked == 0 {
		return wrong(notAsked(page))
	}
	in, err := s.shown(ctx, someone.with(someone.before.clone()), reload)
	if err != nil {
		return failed(err)
	}
	if in {
		return wrong("the cookies from before the sign-in open the session: whoever planted them is in")
	}
	return s.beside(ctx, someone, fine())
}

func checkStored(ctx context.Context, s *suite) verdict {
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	page, err := someone.look(ctx, s.config.Page, reload)
	if err != nil {
		return failed(err)
	}
	if !page.served() {
		return wrong(fmt.Sprintf("the app answers %d to a person who is signed in", page.status))
	}
	if control := page.header.Get("Cache-Control"); !strings.Contains(control, "no-store") {
		return wrong(fmt.Sprintf("Cache-Control is %q", control))
	}
	return fine()
}
