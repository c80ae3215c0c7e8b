const keys=Array.from({length:42},(_,i)=>`a${'xyz'[i%3]}.feature${i}`)
const y=Array.from({length:42},()=>Math.random())
const tmplJ=JSON.parse('{'+keys.map(k=>JSON.stringify(k)+':0.5').join(',')+'}') as Record<string,number>
const tmplE=Object.fromEntries(keys.map(k=>[k,0.5]))
const time=(name:string,fn:()=>unknown)=>{let best=1e9;let keep:unknown[]=[];for(let rep=0;rep<15;rep++){keep=[];const t=process.hrtime.bigint();for(let i=0;i<4000;i++){keep.push(fn());}best=Math.min(best,Number(process.hrtime.bigint()-t)/4000)}console.log(name,best.toFixed(0),'ns',JSON.stringify(keep[3]).length)}
time('fresh',()=>{const o:Record<string,number>={};for(let i=0;i<42;i++)o[keys[i]!]=y[i]!*2;return o})
time('cloneJ',()=>{const o={...tmplJ};for(let i=0;i<42;i++)o[keys[i]!]=y[i]!*2;return o})
time('cloneE',()=>{const o={...tmplE};for(let i=0;i<42;i++)o[keys[i]!]=y[i]!*2;return o})
time('assign',()=>{const o=Object.assign({},tmplJ);for(let i=0;i<42;i++)o[keys[i]!]=y[i]!*2;return o})
time('clone only',()=>{const o={...tmplJ};return o})
time('fromEntries',()=>Object.fromEntries(keys.map((k,i)=>[k,y[i]!*2])))
time('array',()=>{const o:number[]=[];for(let i=0;i<42;i++)o.push(y[i]!*2);return o})
