package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// mostAutomated is how many people ListAutomated names at most.
const mostAutomated = 20

// byProgram picks the sign-ins that did not come from a browser. It is the condition of the index events_by_program, letter by
// letter, so that the query costs nothing where every person uses a browser.
const byProgram = "type = '" + string(idp.EventSigninSucceeded) + "' AND substr(user_agent, 1, 8) <> 'Mozilla/'"

type automatedRow struct {
	ID        text
	Username  text
	Name      text
	UserAgent text
	At        stamp
}

// ListAutomated lists up to 20 active people of the practice whose sign-ins since then came from programs rather than browsers
// (the user agent does not begin with "Mozilla/"), with the newest such user agent each, newest first.
func (q queries) ListAutomated(ctx context.Context, practice idp.PracticeID, since time.Time) ([]directory.Automated, error) {
	var rows []automatedRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		newest := db.Session(&gorm.Session{NewDB: true}).Table("events").Select("max(id)").
			Where("practice_id = ? AND at >= ? AND "+byProgram, text(practice), at(since)).Group("user_id")
		return db.Table("events").Select("users.id, users.username, users.name, events.user_agent, events.at").
			Joins("JOIN users ON users.id = events.user_id AND users.practice_id = events.practice_id").
			Where("events.id IN (?) AND users.state = ?", newest, text(idp.UserActive)).
			Order("events.id DESC").Limit(mostAutomated)
	})
	if err != nil {
		return nil, err
	}
	var list []directory.Automated
	for _, r := range rows {
		list = append(list, directory.Automated{
			User:      idp.User{ID: idp.UserID(r.ID), PracticeID: practice, Username: string(r.Username), Name: string(r.Name)},
			UserAgent: string(r.UserAgent), At: r.At.at,
		})
	}
	return list, nil
}
