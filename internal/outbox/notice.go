package outbox

import (
	"encoding/json"
	"time"

	"github.com/riverqueue/river"

	"github.com/apscloud/apsid/internal/idp"
)

// maxAttempts with nextRetry's pauses make a day, and a little.
const maxAttempts = 17

// noticeArgs is a notice as a job: an identifier and a sealed box.
type noticeArgs struct {
	ID     string `json:"id"`
	Sealed []byte `json:"sealed"`
}

// Kind names the job; it is stored, so it never changes.
func (noticeArgs) Kind() string { return "notice" }

// InsertOpts bounds the tries.
func (noticeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: maxAttempts} }

// noticeBox is what is sealed. Its names are stored, so they only ever grow: an older node may meet the job of a newer one.
type noticeBox struct {
	Kind      idp.NoticeKind `json:"kind"`
	UserID    idp.UserID     `json:"user_id"`
	Name      string         `json:"name"`
	Email     string         `json:"email"`
	Phone     string         `json:"phone,omitempty"`
	App       string         `json:"app,omitempty"`
	Client    idp.ClientID   `json:"client,omitempty"`
	Practice  string         `json:"practice,omitempty"`
	Method    idp.Kind       `json:"method,omitempty"`
	Address   string         `json:"address,omitempty"`
	UserAgent string         `json:"user_agent,omitempty"`
	At        time.Time      `json:"at"`
	TimeZone  string         `json:"time_zone,omitempty"`
	Region    idp.Region     `json:"region,omitempty"`
	Until     time.Time      `json:"until,omitzero"`
	By        string         `json:"by,omitempty"`
	Text      string         `json:"text,omitempty"`
	Code      string         `json:"code,omitempty"`
	Link      string         `json:"link,omitempty"`
	NotMe     string         `json:"not_me,omitempty"`
	From      time.Time      `json:"from,omitzero"`
	Days      int            `json:"days,omitempty"`
	About     string         `json:"about,omitempty"`
}

func sealNotice(sealer Sealer, n idp.Notice) (noticeArgs, error) {
	plain, err := json.Marshal(noticeBox{
		Kind: n.Kind, UserID: n.UserID, Name: n.Name, Email: n.Email, Phone: n.Phone.Reveal(), App: n.App, Client: n.Client,
		Practice: n.Practice, Method: n.Method, Address: n.Address, UserAgent: n.UserAgent, At: n.At.UTC(),
		TimeZone: n.TimeZone, Region: n.Region, Until: n.Until.UTC(), By: n.By, Text: n.Text, Code: n.Code.Reveal(), Link: n.Link.Reveal(),
		NotMe: n.NotMe.Reveal(), From: n.From.UTC(), Days: n.Days, About: n.About,
	})
	if err != nil {
		return noticeArgs{}, idp.Wrap(idp.CodeInternal, err)
	}
	args := noticeArgs{ID: idp.NewID("job_")}
	args.Sealed, err = sealer.Seal(plain, args.place())
	if err != nil {
		return noticeArgs{}, err
	}
	return args, nil
}

func openNotice(sealer Sealer, args noticeArgs) (idp.Notice, error) {
	plain, err := sealer.Open(args.Sealed, args.place())
	if err != nil {
		return idp.Notice{}, err
	}
	var box noticeBox
	if err := json.Unmarshal(plain, &box); err != nil {
		return idp.Notice{}, idp.Wrap(idp.CodeInternal, err)
	}
	return idp.Notice{
		Kind: box.Kind, UserID: box.UserID, Name: box.Name, Email: box.Email, Phone: idp.NewSecret(box.Phone), App: box.App, Client: box.Client,
		Practice: box.Practice, Method: box.Method, Address: box.Address, UserAgent: box.UserAgent, At: box.At,
		TimeZone: box.TimeZone, Region: box.Region, Until: box.Until, By: box.By, Text: box.Text, Code: idp.NewSecret(box.Code),
		Link: idp.NewSecret(box.Link), NotMe: idp.NewSecret(box.NotMe), From: box.From, Days: box.Days, About: box.About,
	}, nil
}

func (a noticeArgs) place() string { return "river_job/args/" + a.ID }
