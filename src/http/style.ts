/** The one style sheet of the approval pages. */
export const style = `
:root{color-scheme:light dark;--bg:#f2f4f7;--card:#fff;--ink:#1c2430;--soft:#5a6677;--line:#d9dee6;--box:#f8f9fb;--yes:#156c3c;--no:#a3262b;--on:#fff;--focus:#1a56c4}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e6eaf0;--soft:#9aa7b8;--line:#323b47;--box:#151a21;--yes:#7fd6a3;--no:#f2a2a5;--on:#0c1522;--focus:#7aa7f7}}
*{box-sizing:border-box}
body{margin:0;padding:clamp(12px,4vw,48px) 12px;background:var(--bg);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:38rem;margin:0 auto;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(18px,5vw,36px);overflow-wrap:anywhere} main>:last-child{margin-bottom:0}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 1rem} p{margin:0 0 1rem}
.typed,.known{border:1px solid var(--line);border-radius:10px;background:var(--box);padding:.9rem 1.1rem;margin:0 0 1.2rem}
dl{margin:0;display:grid;gap:.1rem} dt{color:var(--soft);font-size:.85rem} dd{margin:0 0 .55rem} dd:last-child{margin:0}
dd bdi{unicode-bidi:isolate}
.note{color:var(--soft);font-size:.9rem}
.choices{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));margin-top:1.4rem}
.choice{border:1px solid var(--line);border-radius:10px;padding:1rem;display:flex;flex-direction:column;gap:.8rem}
.choice h2{font-size:.95rem;margin:0;color:var(--soft);font-weight:600} .choice ul{margin:0;padding-left:1.1rem;flex:1}
.choice .colleagues{list-style:none;padding:0} .colleagues label{display:block;padding:.6rem 0;cursor:pointer}
button{font:inherit;font-weight:650;padding:.8rem 1rem;border:0;border-radius:9px;color:var(--on);cursor:pointer;min-height:3rem}
.approve{background:var(--yes)} .reject{background:var(--no)}
button:hover{filter:brightness(1.1)} :focus-visible{outline:3px solid var(--focus);outline-offset:3px}
.outcome{border-left:5px solid var(--soft);padding-left:1rem;font-size:1.1rem;font-weight:600}
.alert{border:2px solid var(--no);border-radius:10px;padding:.8rem 1rem;font-weight:600}
.trouble{border:2px solid var(--line);border-radius:10px;background:var(--box);padding:.9rem 1.1rem;margin:0 0 1.2rem} .trouble.given-up{border-color:var(--no)} .trouble>:last-child,.trouble form>:last-child{margin-bottom:0}
.again{background:var(--focus)} .trouble .note{margin:.6rem 0 0}
.outcome.approved{border-color:var(--yes)} .outcome.rejected{border-color:var(--no)}
`;
