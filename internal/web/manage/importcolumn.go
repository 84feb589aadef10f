package manage

import (
	"net/http"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// meaning is what a column of a sheet stands for.
type meaning string

// The meanings there are.
const (
	meansNothing  meaning = "none"
	meansName     meaning = "name"
	meansFirst    meaning = "first"
	meansLast     meaning = "last"
	meansUsername meaning = "username"
	meansRoles    meaning = "roles"
	meansApps     meaning = "apps"
)

// offer is a meaning as a form offers it.
type offer struct {
	meaning meaning
	label   string
	headers []string // that it is known by, in small letters, without spaces
}

// meanings lists them in the order in which they are offered.
func meanings() []offer {
	return []offer{
		{meansNothing, "Leave out", nil},
		{meansName, "Name", []string{"name", "fullname", "displayname", "person", "employee", "staffmember"}},
		{meansFirst, "First name", []string{"firstname", "givenname", "forename", "first"}},
		{meansLast, "Last name", []string{"lastname", "surname", "familyname", "last"}},
		{meansUsername, "Email address", []string{"username", "user", "login", "email", "emailaddress", "mail", "workemail", "upn", "userprincipalname"}},
		{meansRoles, "Rights", []string{"roles", "role", "rights", "right", "permissions"}},
		{meansApps, "Apps", []string{"apps", "app", "applications", "access"}},
	}
}

// guess finds out what the columns stand for, by their headers. Of several that may hold the e-mail address, it is the one with the
// most of them: there are sheets with a user name that is none.
func guess(sheet importer.Sheet) []meaning {
	found := make([]meaning, len(sheet.Columns))
	for i, column := range sheet.Columns {
		found[i] = meansNothing
		plain := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -_.+/", r) {
				return -1
			}
			return r
		}, strings.ToLower(column))
		for _, m := range meanings() {
			if slices.Contains(m.headers, plain) && (m.meaning == meansUsername || !slices.Contains(found[:i], m.meaning)) {
				found[i] = m.meaning
			}
		}
	}
	best, most := -1, -1
	for i, m := range found {
		if m != meansUsername {
			continue
		}
		found[i] = meansNothing
		if n := addressesIn(sheet, i); n > most {
			best, most = i, n
		}
	}
	if best >= 0 {
		found[best] = meansUsername
	}
	return found
}

func addressesIn(sheet importer.Sheet, column int) (n int) {
	for _, row := range sheet.Rows {
		if row.Fault == "" && strings.Contains(row.Cells[column], "@") {
			n++
		}
	}
	return n
}

// checkMeanings refuses columns that don't make a person.
func checkMeanings(columns []meaning, sheet importer.Sheet) error {
	count := map[meaning]int{}
	for _, each := range columns {
		count[each]++
		known := slices.ContainsFunc(meanings(), func(o offer) bool { return o.meaning == each })
		if !known {
			return idp.Invalid("column", "There is no such column.")
		}
		if each != meansNothing && count[each] > 1 {
			return idp.Invalid("column", "Two columns stand for the same. Choose each once.")
		}
	}
	switch {
	case len(columns) != len(sheet.Columns):
		return idp.Invalid("column", "Say for each column what it stands for.")
	case count[meansUsername] == 0:
		return idp.Invalid("column", "Say which column has the email address.")
	case count[meansName]+count[meansFirst]+count[meansLast] == 0:
		return idp.Invalid("column", "Say which column has the name.")
	default:
		return nil
	}
}

// reading turns rows into people.
type reading struct {
	columns []meaning
	roles   map[string]idp.Role // by what a sheet may call them
	apps    map[string]idp.ClientID
	offered []idp.ClientID
}

// readingOf knows the rights there are, and the apps of the visitor's practice, by their names.
func (s *Surface) readingOf(r *http.Request, v door.Visitor, columns []meaning) (reading, error) {
	read := reading{columns: columns, roles: map[string]idp.Role{}, apps: map[string]idp.ClientID{}, offered: choosable(v.Account.Practice)}
	for _, right := range people.Rights() {
		read.roles[strings.ToLower(right.Label)], read.roles[string(right.Role)] = right.Role, right.Role
	}
	read.roles["user management"], read.roles["administrator"] = idp.RoleUserManagement, idp.RoleSystemAdministrator
	for _, app := range read.offered {
		name, err := s.appName(r.Context(), app)
		if err != nil {
			return read, err
		}
		read.apps[strings.ToLower(name)], read.apps[string(app)] = app, app
	}
	return read, nil
}

// person reads a row; fault says what to mend, "" for nothing.
func (d reading) person(row importer.Row) (n directory.NewUser, fault string) {
	if row.Fault != "" {
		return n, "The line " + row.Fault + ". Mend it in the spreadsheet."
	}
	first, last, apps := "", "", ""
	for i, cell := range row.Cells {
		switch d.columns[i] {
		case meansName:
			n.Name = cell
		case meansFirst:
			first = cell
		case meansLast:
			last = cell
		case meansUsername:
			n.Username = cell
		case meansApps:
			apps = cell
		case meansRoles:
			for _, word := range wordsOf(cell) {
				role, known := d.roles[strings.ToLower(word)]
				if !known {
					return n, "There is no right “" + short(word) + "”. Write User Management+, System Administrator or nothing."
				}
				n.Roles = append(n.Roles, role)
			}
		}
	}
	if n.Name == "" {
		n.Name = strings.TrimSpace(first + " " + last)
	}
	n.BlockedApps, fault = d.blocked(apps)
	return n, fault
}

// blocked lists the apps that a cell does not name; an empty one lets the person into all.
func (d reading) blocked(cell string) (blocked []idp.ClientID, fault string) {
	if cell == "" {
		return nil, ""
	}
	var named []idp.ClientID
	for _, word := range wordsOf(cell) {
		app, known := d.apps[strings.ToLower(word)]
		if !known {
			return nil, "Your practice has no app “" + short(word) + "”. Write its name as in the list of apps, or leave the cell empty for all."
		}
		named = append(named, app)
	}
	for _, app := range d.offered {
		if !slices.Contains(named, app) {
			blocked = append(blocked, app)
		}
	}
	return blocked, ""
}

// wordsOf splits a cell that holds several values.
func wordsOf(cell string) (words []string) {
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// short is as much of a cell as a page repeats.
func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
