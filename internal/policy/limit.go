package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// DefaultLimits lists every limit there is, with the rate that holds unless an operator sets another. The page for operators,
// deploy/docs/limits.md, has a row for each.
func DefaultLimits() idp.Limits {
	textsByDay := idp.Rate{Most: 5000, Window: 24 * time.Hour}
	return idp.Limits{
		// An office of 300 people behind one address, with three apps each on Monday morning, begins 900.
		idp.LimitSigninsByNetwork: {Most: 1500, Window: time.Hour},
		// On the same morning two in three of these people can mistype once in a browser that does not know them.
		idp.LimitWrongPasswordsByNetwork: {Most: 200, Window: time.Hour},
		idp.LimitWrongPasswordsBySite:    {Most: 1000, Window: time.Hour},
		idp.LimitMailRequestsByNetwork:   {Most: 300, Window: time.Hour},
		idp.LimitRequestedMailsByNetwork: {Most: 30, Window: time.Hour},
		// Half the life of a link, so that a person who is over this limit has a link that still works.
		idp.LimitRequestedMailsToMailbox: {Most: 3, Window: 30 * time.Minute},
		// A practice of 300 can be invited by its administrator on one day.
		idp.LimitInvitationsByActor:     {Most: 60, Window: time.Hour},
		idp.LimitInvitationsByPractice:  {Most: 400, Window: 24 * time.Hour},
		idp.LimitInvitationsByAPS:       {Most: 600, Window: time.Hour},
		idp.LimitInvitationsToMailbox:   {Most: 10, Window: 24 * time.Hour},
		idp.LimitResetsByActor:          {Most: 60, Window: time.Hour},
		idp.LimitResetsByPractice:       {Most: 400, Window: 24 * time.Hour},
		idp.LimitResetsToMailbox:        {Most: 5, Window: time.Hour},
		idp.LimitChangesByActor:         {Most: 120, Window: time.Hour},
		idp.LimitChangesToMailbox:       {Most: 20, Window: time.Hour},
		idp.LimitConfirmationsToMailbox: {Most: 5, Window: time.Hour},
		idp.LimitRemindersToMailbox:     {Most: 1, Window: 24 * time.Hour},
		// Each import of 500 counts once.
		idp.LimitImportsByPractice:  {Most: 60, Window: 24 * time.Hour},
		idp.LimitRefusedByImport:    {Most: 50, Window: 24 * time.Hour},
		idp.LimitOwnChanges:         {Most: 30, Window: time.Hour},
		idp.LimitCasesByActor:       {Most: 30, Window: time.Hour},
		idp.LimitCaseCodesToMailbox: {Most: 10, Window: time.Hour},
		// An ordinary Monday: each app asks for a code of its own.
		idp.LimitTextsToUser:        {Most: 12, Window: time.Hour},
		idp.LimitTextsToUserByDay:   {Most: 30, Window: 24 * time.Hour},
		idp.LimitTextsToNumber:      {Most: 12, Window: time.Hour},
		idp.LimitTextsToNumberByDay: {Most: 30, Window: 24 * time.Hour},
		// An office of 100 people behind one address sets up its telephones in a morning.
		idp.LimitUnverifiedByNetwork:  {Most: 100, Window: time.Hour},
		idp.LimitUnverifiedOfPractice: {Most: 1000, Window: 24 * time.Hour},
		idp.LimitUnverifiedByDay:      half(textsByDay),
		idp.LimitTextsByDay:           textsByDay,
		idp.LimitPracticeBreaker:      {Most: 30, Window: TextBreakerWindow},
		idp.LimitNetworkBreaker:       {Most: 30, Window: TextBreakerWindow},
		idp.LimitCountryBreaker:       {Most: 50, Window: TextBreakerWindow},
	}
}
