// Sign-in with APS ID: Microsoft's handler does OpenID Connect, the rest is the contract of the guide.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Rota;

public static class Signin
{
    const string Cookies = CookieAuthenticationDefaults.AuthenticationScheme, Oidc = OpenIdConnectDefaults.AuthenticationScheme;
    static readonly string[] Algorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256];

    public static void AddSignin(this WebApplicationBuilder builder, string issuer, string clientId, string clientSecret, string appUrl)
    {
        var secure = appUrl.StartsWith("https:");
        builder.Services.AddSingleton<Sessions>();
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(o => { o.DefaultScheme = Cookies; o.DefaultChallengeScheme = Oidc; })
            .AddCookie(Cookies, o =>
            {
                o.Cookie.Name = secure ? "__Host-rota-session" : "rota-session";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = secure ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
                o.SlidingExpiration = false; // only a person's input keeps a session, and Sessions knows of it
                o.ExpireTimeSpan = TimeSpan.FromHours(24);
                o.Events.OnValidatePrincipal = async context =>
                {
                    if (context.Request.Path == "/auth/activity") return; // which takes input told a little late
                    var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
                    if (!await sessions.Attend(context.Principal?.FindFirst("session")?.Value, ByHand(context.Request))) context.RejectPrincipal();
                };
            })
            .AddOpenIdConnect(Oidc, o =>
            {
                o.Authority = issuer;
                o.RequireHttpsMetadata = issuer.StartsWith("https:"); // http is for the demo on loopback
                o.ClientId = clientId;
                o.ClientSecret = clientSecret;
                o.ResponseType = OpenIdConnectResponseType.Code; // with PKCE, which is the default
                o.ResponseMode = OpenIdConnectResponseMode.Query; // so that the cookies of a sign-in can be SameSite=Lax
                o.CorrelationCookie.SameSite = o.NonceCookie.SameSite = SameSiteMode.Lax;
                o.CallbackPath = "/auth/callback";
                o.SignedOutCallbackPath = "/auth/signed-out"; // register as post_logout_redirect_uri
                o.SignedOutRedirectUri = "/";
                o.RemoteSignOutPath = PathString.Empty; // that is front-channel logout
                o.SaveTokens = false; // tokens stay on the server
                o.MapInboundClaims = false;
                o.GetClaimsFromUserInfoEndpoint = false;
                o.Scope.Clear();
                foreach (var scope in new[] { "openid", "profile", "email", "offline_access" }) o.Scope.Add(scope);
                o.TokenValidationParameters.NameClaimType = "name";
                o.TokenValidationParameters.ValidAlgorithms = Algorithms;
                o.Events.OnRedirectToIdentityProvider = context =>
                {
                    var mode = context.Request.Headers["Sec-Fetch-Mode"].ToString();
                    if (mode is not ("" or "navigate")) // a script: it can't sign anybody in
                    {
                        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                        context.HandleResponse();
                    }
                    return Task.CompletedTask;
                };
                o.Events.OnMessageReceived = context =>
                {
                    if (context.ProtocolMessage.Iss != issuer) context.Fail("the answer is not of this provider (RFC 9207)");
                    return Task.CompletedTask;
                };
                o.Events.OnTokenValidated = context =>
                {
                    var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
                    var idToken = context.SecurityToken;
                    var key = sessions.Begin(idToken.Subject, idToken.Claims.First(c => c.Type == "sid").Value, context.TokenEndpointResponse!);
                    if (key is null) context.Fail("the session has ended already");
                    else context.Principal!.Identities.First().AddClaim(new("session", key));
                    return Task.CompletedTask;
                };
                o.Events.OnRedirectToIdentityProviderForSignOut = context =>
                {
                    context.ProtocolMessage.IdTokenHint = context.Properties.GetParameter<string>("id_token");
                    return Task.CompletedTask;
                };
                o.Events.OnRemoteFailure = async context =>
                {
                    context.HandleResponse();
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    context.Response.ContentType = "text/html; charset=utf-8";
                    await context.Response.WriteAsync("<!doctype html><title>Not signed in</title><h1>You are not signed in</h1><p><a href=\"/\">Start again</a></p>");
                };
            });
    }

    public static void UseSignin(this WebApplication app, string appUrl)
    {
        var url = new Uri(appUrl);
        app.Use((context, next) =>
        {
            (context.Request.Scheme, context.Request.Host) = (url.Scheme, new HostString(url.Authority)); // no header says where the app is
            context.Response.Headers.CacheControl = "no-store";
            return next(context);
        });
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapPost("/auth/activity", Activity).AddEndpointFilter(SameOrigin);
        app.MapPost("/auth/logout", Logout).AddEndpointFilter(SameOrigin);
        app.MapPost("/auth/backchannel-logout", BackchannelLogout);
    }

    // ByHand says that a person opened the page: not a script, not a page that loads itself again (Fetch Metadata).
    static bool ByHand(HttpRequest request) => request.Headers["Sec-Fetch-User"] == "?1" && request.Headers["Sec-Fetch-Dest"] == "document";

    // SameOrigin refuses what a page of another site sent.
    static async ValueTask<object?> SameOrigin(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var own = site != "" ? site == "same-origin" : request.Headers.Origin == $"{request.Scheme}://{request.Host}";
        return own ? await next(context) : Results.StatusCode(StatusCodes.Status403Forbidden);
    }

    record ActivityBody([property: System.Text.Json.Serialization.JsonPropertyName("idle_seconds")] int IdleSeconds);

    static async Task<IResult> Activity(HttpContext context, Sessions sessions)
    {
        var key = context.User.FindFirst("session")?.Value;
        if (key is null) return Results.Json(new { error = "session_ended" }, statusCode: 401);
        ActivityBody? body;
        try { body = await context.Request.ReadFromJsonAsync<ActivityBody>(); }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return Results.BadRequest(); }
        if (body is null || body.IdleSeconds is < 0 or > 86_400) return Results.BadRequest();
        var alive = await sessions.Input(key, TimeSpan.FromSeconds(body.IdleSeconds));
        return alive ? Results.Ok() : Results.Json(new { error = "session_ended" }, statusCode: 401);
    }

    static IResult Logout(HttpContext context, Sessions sessions)
    {
        var ended = sessions.End(context.User.FindFirst("session")?.Value);
        if (ended is null) return Results.SignOut(new() { RedirectUri = "/" }, [Cookies]);
        var properties = new AuthenticationProperties();
        properties.SetParameter("id_token", ended.IdToken);
        return Results.SignOut(properties, [Cookies, Oidc]);
    }

    // BackchannelLogout takes the provider's word that a session is over (OpenID Connect Back-Channel Logout 1.0, section 2.6).
    static async Task<IResult> BackchannelLogout(HttpContext context, Sessions sessions, IOptionsMonitor<OpenIdConnectOptions> options)
    {
        if (!context.Request.HasFormContentType) return Results.BadRequest();
        var raw = (await context.Request.ReadFormAsync())["logout_token"].ToString();
        var oidc = options.Get(Oidc);
        var provider = await oidc.ConfigurationManager!.GetConfigurationAsync(context.RequestAborted);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(raw, new TokenValidationParameters
        {
            ValidIssuer = provider.Issuer, ValidAudience = oidc.ClientId, IssuerSigningKeys = provider.SigningKeys,
            ValidTypes = ["logout+jwt"], ValidAlgorithms = Algorithms, ClockSkew = TimeSpan.FromMinutes(1),
        });
        if (!result.IsValid)
        {
            oidc.ConfigurationManager.RequestRefresh(); // the key may be new; the provider tries again
            return Results.BadRequest();
        }
        var token = (JsonWebToken)result.SecurityToken;
        var wellFormed = token.TryGetPayloadValue<JsonElement>("events", out var events) && events.ValueKind == JsonValueKind.Object
            && events.TryGetProperty("http://schemas.openid.net/event/backchannel-logout", out _)
            && !token.TryGetPayloadValue<object>("nonce", out _) && !string.IsNullOrEmpty(token.Id);
        token.TryGetPayloadValue<string>("sid", out var sid);
        if (!wellFormed || string.IsNullOrEmpty(sid) && string.IsNullOrEmpty(token.Subject) || !sessions.FirstUse("jti " + token.Id)) return Results.BadRequest();
        sessions.EndNamed(token.Subject, sid);
        return Results.Ok();
    }
}

public sealed class Session
{
    public required string Subject, Sid, IdToken;
    public string AccessToken = "", RefreshToken = "";
    public DateTimeOffset AccessEnds, Ends, LastInput, Told, ReportedAt, RenewNotBefore;
    public TimeSpan Idle;
    public Timer? Later;
    public readonly SemaphoreSlim Renewing = new(1);

    public bool Over => OverAt(TimeSpan.Zero);

    // OverAt says whether the session has ended, by inactivity so long ago already.
    public bool OverAt(TimeSpan ago) => DateTimeOffset.UtcNow >= Ends || Idle > TimeSpan.Zero && DateTimeOffset.UtcNow - ago >= LastInput + Idle;

    // ReportEvery is how often the provider is told: four times within the idle limit, and once a minute at most.
    public TimeSpan ReportEvery => Idle > TimeSpan.Zero && Idle < TimeSpan.FromMinutes(4) ? Idle / 4 : TimeSpan.FromMinutes(1);
}

// Sessions keeps them in this process; several processes need a store that they share.
public sealed class Sessions(IOptionsMonitor<OpenIdConnectOptions> options, ILogger<Sessions> log)
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1), Second = TimeSpan.FromSeconds(1);
    readonly ConcurrentDictionary<string, Session> live = new();
    readonly ConcurrentDictionary<string, DateTimeOffset> used = new(); // jti of logout tokens and sid of ended sessions: until when

    // Begin keeps what the token response says, and returns the session's key; null if the provider has ended it already.
    public string? Begin(string subject, string sid, OpenIdConnectMessage tokens)
    {
        Sweep();
        if (used.ContainsKey("sid " + sid)) return null;
        var now = DateTimeOffset.UtcNow;
        var session = new Session { Subject = subject, Sid = sid, IdToken = tokens.IdToken, Ends = DateTimeOffset.MaxValue, LastInput = now, Told = now };
        Keep(session, JsonSerializer.SerializeToElement(tokens.Parameters));
        var key = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        live[key] = session;
        return key;
    }

    static void Keep(Session session, JsonElement tokens)
    {
        var now = DateTimeOffset.UtcNow;
        session.AccessToken = Text(tokens, "access_token") ?? "";
        session.AccessEnds = now + Seconds(tokens, "expires_in");
        session.RefreshToken = Text(tokens, "refresh_token") ?? session.RefreshToken;
        session.IdToken = Text(tokens, "id_token") ?? session.IdToken;
        session.Idle = Seconds(tokens, "session_idle_timeout");
        var ends = now + Seconds(tokens, "session_expires_in");
        if (ends < session.Ends) session.Ends = ends;
    }

    static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) ? value.ToString() : null;
    static TimeSpan Seconds(JsonElement from, string name) => TimeSpan.FromSeconds(double.TryParse(Text(from, name), out var n) ? n : 0);

    // Attend is done at every request: is the session alive, was this input, are new tokens due?
    public async Task<bool> Attend(string? key, bool byHand)
    {
        if (!Alive(key, out var session)) return false;
        if (byHand) await Input(key!, TimeSpan.Zero);
        await Renew(session);
        return Alive(key, out _);
    }

    bool Alive(string? key, out Session session)
    {
        session = null!;
        return key is not null && live.TryGetValue(key, out session!) && !session.Over;
    }

    // Input notes that the person did something so long ago, and tells the provider: now, or once it may be told again.
    public async Task<bool> Input(string key, TimeSpan age)
    {
        if (!live.TryGetValue(key, out var session) || session.OverAt(age) || session.OverAt(Minute)) return false; // a minute late still counts
        var wait = TimeSpan.Zero;
        lock (session)
        {
            var at = DateTimeOffset.UtcNow - age;
            if (at > session.LastInput) session.LastInput = at;
            if (session.LastInput - session.Told < Second || session.Later is not null) return true;
            wait = session.ReportedAt + session.ReportEvery - DateTimeOffset.UtcNow;
            if (wait > TimeSpan.Zero) session.Later = new Timer(_ => _ = ReportLater(session), null, wait, Timeout.InfiniteTimeSpan);
            else session.ReportedAt = DateTimeOffset.UtcNow;
        }
        if (wait <= TimeSpan.Zero) await Report(session);
        return Alive(key, out _);
    }

    Task ReportLater(Session session)
    {
        lock (session)
        {
            session.Later?.Dispose();
            session.Later = null;
            session.ReportedAt = DateTimeOffset.UtcNow;
        }
        return Report(session);
    }

    async Task Report(Session session)
    {
        try
        {
            await Renew(session);
            var oidc = options.Get(OpenIdConnectDefaults.AuthenticationScheme);
            var provider = await oidc.ConfigurationManager!.GetConfigurationAsync(default);
            var input = session.LastInput;
            using var request = new HttpRequestMessage(HttpMethod.Post, provider.AdditionalData["session_activity_endpoint"].ToString());
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken);
            request.Content = JsonContent.Create(new { idle_seconds = (int)(DateTimeOffset.UtcNow - input).TotalSeconds });
            using var response = await oidc.Backchannel.SendAsync(request);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            if (response.IsSuccessStatusCode)
            {
                session.Told = input;
                session.Idle = Seconds(answer, "idle_timeout");
                var ends = DateTimeOffset.UtcNow + Seconds(answer, "expires_in");
                if (ends < session.Ends) session.Ends = ends;
            }
            else if (Text(answer, "error") == "session_ended") EndWhere(other => other == session);
            else if (response.StatusCode == HttpStatusCode.Unauthorized) session.AccessEnds = default; // renew with the next request
        }
        catch (Exception e) { log.LogWarning(e, "activity not reported; the next input tries again"); }
    }

    // Renew gets new tokens in time, once for all requests under way: a refresh token that is used twice ends the session.
    async Task Renew(Session session)
    {
        await session.Renewing.WaitAsync();
        try
        {
            var now = DateTimeOffset.UtcNow;
            if (session.RefreshToken == "" || now < session.AccessEnds - TimeSpan.FromSeconds(5) || now < session.RenewNotBefore) return;
            session.RenewNotBefore = now + TimeSpan.FromSeconds(5); // if the provider is away the session goes on until its end
            var oidc = options.Get(OpenIdConnectDefaults.AuthenticationScheme);
            var provider = await oidc.ConfigurationManager!.GetConfigurationAsync(default);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token", ["refresh_token"] = session.RefreshToken, ["client_id"] = oidc.ClientId!, ["client_secret"] = oidc.ClientSecret!,
            });
            using var response = await oidc.Backchannel.PostAsync(provider.TokenEndpoint, form);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            if (response.IsSuccessStatusCode)
            {
                Keep(session, answer);
                session.RenewNotBefore = now + Second;
            }
            else if (Text(answer, "error") == "invalid_grant") EndWhere(other => other == session);
        }
        catch (Exception e) { log.LogWarning(e, "tokens not renewed; the session goes on until its end"); }
        finally { session.Renewing.Release(); }
    }

    public Session? End(string? key)
    {
        if (key is null || !live.TryRemove(key, out var session)) return null;
        session.Later?.Dispose();
        return session;
    }

    void EndWhere(Func<Session, bool> meant)
    {
        foreach (var (key, session) in live) if (meant(session)) End(key);
    }

    public void EndNamed(string? subject, string? sid)
    {
        if (!string.IsNullOrEmpty(sid)) used["sid " + sid] = DateTimeOffset.UtcNow + 15 * Minute;
        EndWhere(session => string.IsNullOrEmpty(sid) ? session.Subject == subject : session.Sid == sid);
    }

    // FirstUse is true once for each name.
    public bool FirstUse(string name) => used.TryAdd(name, DateTimeOffset.UtcNow + 15 * Minute);

    void Sweep()
    {
        foreach (var (name, until) in used) if (until < DateTimeOffset.UtcNow) used.TryRemove(name, out _);
        EndWhere(session => session.OverAt(Minute));
    }
}
