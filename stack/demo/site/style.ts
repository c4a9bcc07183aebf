/** The one style sheet of the demo's pages. */
export const style = `
:root{color-scheme:light dark;--bg:#f2f4f7;--card:#fff;--ink:#1c2430;--soft:#5a6677;--line:#d9dee6;--box:#f8f9fb;--accent:#1d4f91;--on:#fff;--in:#156c3c;--out:#a3262b;--wait:#8a5a00;--focus:#1a56c4}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e6eaf0;--soft:#9aa7b8;--line:#323b47;--box:#151a21;--accent:#8fb8f0;--on:#0c1522;--in:#7fd6a3;--out:#f2a2a5;--wait:#e6bf6a;--focus:#7aa7f7}}
*{box-sizing:border-box}
body{margin:0;padding:clamp(12px,4vw,48px) 12px;background:var(--bg);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,nav{max-width:44rem;margin:0 auto} nav{padding:0 .2rem .8rem} main{overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(16px,4vw,30px)} .card>:last-child{margin-bottom:0}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .6rem} h2,h3{font-size:1.1rem;margin:0 0 .3rem} p{margin:0 0 1rem} a{color:var(--accent)}
section>h2{margin:2rem 0 .8rem;color:var(--soft);font-size:.95rem;font-weight:600}
.apps{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr))} .apps .card{padding:18px;display:flex;flex-direction:column}
.apps p:not(.buttons){flex:1;margin-bottom:.8rem}
.buttons{display:flex;flex-wrap:wrap;gap:.6rem;margin:0} form{margin:0}
.button{font:inherit;font-weight:650;display:inline-block;padding:.6rem 1rem;border:1px solid var(--accent);border-radius:9px;background:var(--accent);color:var(--on);text-decoration:none;cursor:pointer;min-height:2.9rem}
.button.second{background:transparent;color:var(--accent)}
.button:hover{filter:brightness(1.1)} :focus-visible{outline:3px solid var(--focus);outline-offset:3px}
.state{border-left:5px solid var(--soft);padding-left:1rem;font-weight:600;font-size:1.1rem} .state.in{border-color:var(--in)} .state.out{border-color:var(--out)} .state.wait{border-color:var(--wait)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1.1rem;margin:0 0 1rem;border:1px solid var(--line);border-radius:10px;background:var(--box);padding:.9rem 1.1rem}
dt{color:var(--soft)} dd{margin:0} .tag{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:0 .6rem;margin:0 .3rem .2rem 0}
.card li+li{margin-top:.8rem} ol.card{margin:0;padding-left:calc(clamp(16px,4vw,30px) + 1.2rem)}
pre{margin:.5rem 0 1rem;padding:.8rem 1rem;overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--box);font-size:.82rem;line-height:1.5} li pre{margin-bottom:0}
td{padding:.1rem 0 .3rem;vertical-align:top} td:first-child{padding-right:.9rem;text-align:right;white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums} table{margin-bottom:.8rem;font-size:.92rem} li .state{margin:.8rem 0}
details{border-top:1px solid var(--line)} details:first-child{border-top:0} details+.note{margin-top:1rem} summary{padding:.6rem 0;cursor:pointer}
.note{color:var(--soft);font-size:.92rem} .buttons+.note{margin-top:1rem} code{font-size:.92em}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0} dd{margin-bottom:.5rem} dd:last-child{margin:0} .apps .button{flex:1;text-align:center}}
`;
