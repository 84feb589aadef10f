package manage_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// joined adds people of these names to the practice of the demo.
func (w *world) joined(t *testing.T, practice idp.PracticeID, names ...string) {
	t.Helper()
	system := directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}
	for n, name := range names {
		_, err := w.Directory().People.CreateUser(t.Context(), system, directory.NewUser{
			PracticeID: practice, Name: name, Username: fmt.Sprintf("p%03d@fold.example", n),
		}, w.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
	}
}

var (
	namePattern = regexp.MustCompile(`data-drawer[^>]*>([^<]+)</a>`)
	wayPattern  = regexp.MustCompile(`<a class="button other small" href="([^"]+)"[^>]*>(First|Previous|Next|Last) page</a>`)
)

// listed are the names on a page of the list, in their order.
func listed(p testworld.Page) (names []string) {
	for _, found := range namePattern.FindAllStringSubmatch(p.Body, -1) {
		names = append(names, html.UnescapeString(found[1]))
	}
	return names
}

// ways are the addresses to which the pager leads.
func ways(p testworld.Page) map[string]string {
	all := map[string]string{}
	for _, found := range wayPattern.FindAllStringSubmatch(p.Body, -1) {
		all[found[2]] = html.UnescapeString(found[1])
	}
	return all
}

func TestPeopleAreFoundByWhatIsTyped(t *testing.T) {
	w := open(t)
	w.joined(t, harbour, "Jürgen Müller", "Seán O’Brien", "José García", "Anna-Lena Straße", "田中 太郎", "Łukasz 100% Nowak_X")
	olivia := w.manager(t, "olivia")
	for typed, want := range map[string][]string{
		"muller": {"Jürgen Müller"}, "OBRIEN": {"Seán O’Brien"}, "o'brien": {"Seán O’Brien"}, "garcia": {"José García"}, "strasse": {"Anna-Lena Straße"},
		"annalena": {"Anna-Lena Straße"}, "中": {"田中 太郎"}, "太郎": {"田中 太郎"}, "lukasz": {"Łukasz 100% Nowak_X"}, "0% n": {"Łukasz 100% Nowak_X"}, "k_x": {"Łukasz 100% Nowak_X"},
		"p002@": {"José García"}, "nch": {"Olivia Finch"}, "muller@": nil,
	} {
		p := olivia.Get("/manage?search="+strings.ReplaceAll(escaped(typed), "+", "%20")).OK(t, "people")
		if got := listed(p); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
	olivia.Get("/manage?search=fold").OK(t, "people").Shows(t, "Nobody matches your search.", `href="/manage">Show everybody</a>`, `href="/manage/invite">Invite a person</a>`)
	olivia.Get("/manage?search=muller&filter=never_signed_in&sort=-name").OK(t, "people").Shows(t, `role="status">1 person matches “muller” in the filter “Never signed in”.`,
		`href="/manage?filter=never_signed_in&amp;sort=-name">Clear the search`, `name="sort" value="-name"`, `name="filter" value="never_signed_in"`)
	olivia.Get("/manage?search=muller&filter=locked&sort=mfa").OK(t, "people").Shows(t, "Nobody in this filter matches your search.", `href="/manage?search=muller&amp;sort=mfa">Search everybody</a>`)
	olivia.Get("/manage?search=%3Cscript%3Ealert(1)%3C/script%3E").OK(t, "people").Inert(t)
}

func escaped(typed string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", "&", "%26", "'", "%27").Replace(typed)
}

// Headings sort, and say how the list is sorted; sorting, searching, filtering and paging keep one another.
func TestHeadingsSortTheList(t *testing.T) {
	w := open(t)
	w.joined(t, harbour, "Åsa Zed", "asa Able", "Ása Mid")
	olivia := w.manager(t, "olivia")
	p := olivia.Get("/manage").OK(t, "people").Shows(t, `aria-sort="ascending"><a href="/manage?sort=-name">Name`, `href="/manage?sort=username">Email address`,
		`href="/manage?sort=mfa">MFA`, `href="/manage?sort=rights">Rights`, `href="/manage?sort=-last_sign_in">Last sign-in`)
	up := listed(p)
	if !slices.IsSortedFunc(up, func(a, b string) int { return strings.Compare(idp.Fold(a), idp.Fold(b)) }) || len(up) < 5 || !slices.Equal(up[:3], []string{"asa Able", "Ása Mid", "Åsa Zed"}) {
		t.Errorf("by name: %q", up)
	}
	down := listed(olivia.Get("/manage?sort=-name").OK(t, "people").Shows(t, `aria-sort="descending"><a href="/manage">Name`))
	slices.Reverse(down)
	if !slices.Equal(up, down) {
		t.Errorf("turned round: %q", down)
	}
	if last := listed(olivia.Get("/manage?sort=-last_sign_in").OK(t, "people")); last[0] != "Olivia Finch" {
		t.Errorf("signed in last: %q", last)
	}
	if rights := listed(olivia.Get("/manage?sort=rights").OK(t, "people")); rights[0] != "Olivia Finch" {
		t.Errorf("most rights: %q", rights)
	}
	if strings.Count(p.Body, "aria-sort") != 1 {
		t.Error("the list is sorted in two ways")
	}
	kept := olivia.Get("/manage?search=asa&filter=never_signed_in&sort=-username").OK(t, "people").Shows(t,
		`href="/manage?filter=never_signed_in&amp;search=asa&amp;sort=mfa"`, `href="/manage?filter=invited&amp;search=asa&amp;sort=-username"`)
	id := kept.One(t, rowPattern)
	olivia.Get("/manage/users/"+id+"?search=asa&sort=-username").OK(t, "person").Shows(t,
		`class="close" href="/manage?search=asa&amp;sort=-username#`+id+`"`, `id="`+id+`" class="whole here"`)
	for _, query := range []string{"sort=shoes", "sort=--name", "sort=-", "before=%00", "before=nowhere", "after=at.x"} {
		if p := olivia.Get("/manage?" + query); p.Status != http.StatusBadRequest && query != "sort=-" {
			t.Errorf("%s: %d", query, p.Status)
		}
	}
}

// The pager says where the page is, and leads to the first, the previous, the next and the last page, in any order.
func TestPagerKnowsItsPlace(t *testing.T) {
	w := open(t)
	names := make([]string, 120)
	for n := range names {
		names[n] = fmt.Sprintf("Crowd %03d", n*7%120)
	}
	w.joined(t, harbour, names...)
	olivia := w.manager(t, "olivia")
	for _, sort := range []string{"name", "-name", "username", "mfa", "-last_sign_in"} {
		first := olivia.Get("/manage?search=crowd&sort="+sort).OK(t, "people").Shows(t, "120 people match", "1–50 of 120")
		second := olivia.Get(ways(first)["Next"]).OK(t, "people").Shows(t, "51–100 of 120")
		third := olivia.Get(ways(second)["Next"]).OK(t, "people").Shows(t, "101–120 of 120")
		all := append(append(listed(first), listed(second)...), listed(third)...)
		if slices.Sort(all); len(slices.Compact(all)) != 120 {
			t.Errorf("by %s: %d people", sort, len(all))
		}
		for what, c := range map[string]struct{ got, want testworld.Page }{
			"last":     {olivia.Get(ways(first)["Last"]), third},
			"previous": {olivia.Get(ways(third)["Previous"]), second},
			"first":    {olivia.Get(ways(third)["First"]), first},
			"back":     {olivia.Get(ways(second)["Previous"]), first},
		} {
			if !slices.Equal(listed(c.got), listed(c.want)) {
				t.Errorf("by %s, %s: %q", sort, what, listed(c.got))
			}
		}
		if len(ways(first)) != 2 || len(ways(second)) != 4 || len(ways(third)) != 2 {
			t.Errorf("by %s: ways %v, %v, %v", sort, ways(first), ways(second), ways(third))
		}
	}
	board := olivia.Get("/manage/mfa?sort=-name").OK(t, "mfa").Shows(t, "1–50 of 121", `aria-sort="descending"><a href="/manage/mfa">Name`)
	olivia.Get(ways(board)["Last"]).OK(t, "mfa").Shows(t, "101–121 of 121")
}
