/** The one style sheet of the approval pages. */
export const style = `
:root{color-scheme:light dark;--bg:#f2f4f7;--card:#fff;--ink:#1c2430;--soft:#5a6677;--line:#d9dee6;--box:#f8f9fb;--yes:#156c3c;--no:#a3262b;--on:#fff;--focus:#1a56c4}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e6eaf0;--soft:#9aa7b8;--line:#323b47;--box:#151a21;--yes:#7fd6a3;--no:#f2a2a5;--on:#0c1522;--focus:#7aa7f7}}
*{box-sizing:border-box}
body{margin:0;padding:clamp(8px,4vw,48px) 8px;background:var(--bg);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:38rem;margin:0 auto;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(14px,5vw,36px);overflow-wrap:anywhere} main>:last-child,section>:last-child{margin-bottom:0}
h1{font-size:1.35rem;line-height:1.25;margin:0 0 .8rem} p{margin:0 0 1rem} ul{margin:0 0 1rem;padding-left:1.15rem}
h2{font-size:.85rem;line-height:1.35;font-weight:600;color:var(--soft);margin:0 0 .5rem}
section{margin:0 0 1.2rem}
.box{border:1px solid var(--line);border-radius:10px;background:var(--box);padding:.7rem 1rem}
dl{margin:0;display:grid;gap:.05rem} dt{color:var(--soft);font-size:.82rem;line-height:1.3} dd{margin:0 0 .45rem} dd:last-child{margin:0}
bdi{unicode-bidi:isolate}
.note{color:var(--soft);font-size:.9rem}
.choices{margin:0 0 1.2rem}
.rejection{border:1px solid var(--line);border-radius:10px;padding:.5rem 1rem;margin:.6rem 0 .9rem}
.then{font-size:.9rem;color:var(--soft);margin:.7rem 0 .2rem} .rejection .then{margin-top:.3rem}
.choices ul{font-size:.95rem;margin:0 0 .5rem} .choices ul li{margin:.1rem 0}
summary{cursor:pointer;padding:.55rem 0;color:var(--ink)} .rejection>summary{font-weight:600;color:var(--no)} .rejection[open]{padding-bottom:1rem} .rejection:not([open]){padding:0} .rejection:not([open])>summary{padding:.65rem 1rem} .why summary{font-size:.9rem;color:var(--soft);padding:.3rem 0}
label{display:block;font-size:.9rem;font-weight:600;margin:.4rem 0 .3rem}
textarea{font:inherit;width:100%;padding:.5rem .7rem;border:1px solid var(--soft);border-radius:8px;background:var(--card);color:var(--ink);resize:vertical}
.choices .note{margin:.2rem 0 .6rem}
.tick{display:flex;gap:.6rem;align-items:flex-start;font-weight:400;font-size:1rem;padding:.3rem 0;margin:0 0 .7rem} .tick input{width:1.3rem;height:1.3rem;margin:.1rem 0 0;flex:none;accent-color:var(--focus)}
button{font:inherit;font-weight:650;padding:.75rem 1rem;border:0;border-radius:9px;color:var(--on);cursor:pointer;min-height:3rem;width:100%}
.choice{border:1px solid var(--line);border-radius:10px;padding:1rem;display:flex;flex-direction:column;gap:.8rem} .choice h2,.choice ul{margin:0}
.choice .colleagues{list-style:none;padding:0} .colleagues label{padding:.6rem 0;margin:0;font-weight:400;font-size:1rem;cursor:pointer}
.approve{background:var(--yes)} .reject{background:var(--no)}
button:hover{filter:brightness(1.1)} :focus-visible{outline:3px solid var(--focus);outline-offset:3px;border-radius:4px} button:focus-visible{border-radius:9px}
.outcome{border-left:5px solid var(--soft);padding-left:1rem;font-size:1.1rem;font-weight:600}
.alert{border:2px solid var(--no);border-radius:10px;padding:.7rem 1rem;font-weight:600}
.trouble{border:2px solid var(--line);border-radius:10px;background:var(--box);padding:.9rem 1.1rem;margin:0 0 1.2rem} .trouble.given-up{border-color:var(--no)} .trouble>:last-child,.trouble form>:last-child{margin-bottom:0}
.again{background:var(--focus)} .trouble .note{margin:.6rem 0 0}
.outcome.approved{border-color:var(--yes)} .outcome.rejected{border-color:var(--no)}
.voters{list-style:none;padding:0} .voters li{padding:.4rem 0;border-top:1px solid var(--line)} .voters strong{display:block;font-weight:600} .voters span{color:var(--soft);font-size:.95rem} .voters q{display:block;quotes:none;border-left:3px solid var(--line);padding-left:.7rem;margin-top:.3rem}
`;
