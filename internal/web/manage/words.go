package manage

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/people"
)

func mfaBadge(kinds []idp.Kind) web.Badge {
	if len(kinds) == 0 {
		return web.Badge{Tone: web.ToneWarn, Text: "Not set up"}
	}
	return web.Badge{Tone: web.ToneGood, Text: people.Kinds(kinds)}
}
