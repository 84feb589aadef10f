package idp

// Limits on text messages with security codes. A limit on what is not verified counts messages to numbers from which no right code has
// come back to this person yet. A breaker judges such messages: it closes while too few of them lead to a right code.
const (
	LimitTextsToUser          LimitName = "user"
	LimitTextsToUserByDay     LimitName = "user-day"
	LimitTextsToNumber        LimitName = "number"
	LimitTextsToNumberByDay   LimitName = "number-day"
	LimitUnverifiedByNetwork  LimitName = "address"
	LimitUnverifiedOfPractice LimitName = "practice"
	LimitUnverifiedByDay      LimitName = "day-unverified"
	LimitTextsByDay           LimitName = "day"

	LimitPracticeBreaker LimitName = "practice-breaker"
	LimitNetworkBreaker  LimitName = "address-breaker"
	LimitCountryBreaker  LimitName = "country-breaker"
)
