const manager = new oidc.UserManager({
  authority: 'https://id.example.com',
  client_id: 'rota',
  redirect_uri: 'https://rota.example.com/',
  post_logout_redirect_uri: 'https://rota.example.com/',
  scope: 'openid profile email offline_access',
})

async function main() {
  if (new URLSearchParams(location.search).has('code')) {
    await manager.signinRedirectCallback()
    history.replaceState({}, '', '/')
  }
  const user = await manager.getUser()
  if (!user || user.expired) return manager.signinRedirect()
  document.getElementById('name').textContent = user.profile.name
}

document.getElementById('refresh').onclick = async () => {
  const user = await manager.signinSilent()
  document.getElementById('name').textContent = user.profile.name
}
document.getElementById('logout').onclick = () => manager.signoutRedirect()

main().catch(error => { document.body.textContent = error.message })
